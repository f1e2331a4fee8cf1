"""Receipts and returns without a receipt."""
