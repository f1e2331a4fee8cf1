"""Decisions of insights, pure: what past baskets say of a draft, and the replay of a period under two programs."""
