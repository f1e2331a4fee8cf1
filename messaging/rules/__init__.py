"""Decisions without a database: what a reply means, how long to wait, quiet hours."""
