"""Offers: promotions and the calendar of moments they hang on. One file per noun."""
