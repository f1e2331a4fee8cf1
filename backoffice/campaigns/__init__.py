"""Coupon e-mails: draft, report, welcome."""
