"""Coupon batches and single codes."""
