"""Mutants of the rooms where money is decided, each run against its room's own tests. See `__main__` for how to run."""
