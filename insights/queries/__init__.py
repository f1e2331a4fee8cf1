"""Reads of insights; one file per noun, import from here."""

from insights.queries.baskets import discount_limits, lint_baskets

__all__ = ["discount_limits", "lint_baskets"]
