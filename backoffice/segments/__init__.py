"""Segments: new, active, loyal, lapsed, and how they are defined."""
