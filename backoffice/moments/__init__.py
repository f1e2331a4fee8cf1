"""Moments of the year in which promotions hold."""
