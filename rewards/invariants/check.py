"""What a check is."""

Check = tuple[str, str, str, str]
"""(invariant, table, message, statement listing the ids that break it)."""
