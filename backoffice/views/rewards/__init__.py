"""Rewards: the catalogue, gifts on their way, partners."""
