"""Rewards owns what a shop gives back: promotions, coupons, cashback, the reward catalogue, referrals.

`engine/` decides, in pure Python, what a cart is given and why; `wording.py` says it in words.
It does not own the balance of points or wallet money (ledger), the sale itself (sales) or who is in a
segment (segments): those come in as facts and go out as facts.
"""
