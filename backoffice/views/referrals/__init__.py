"""Referrals: the list, one referral and its decision, the program."""
