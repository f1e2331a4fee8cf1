"""Rewards owns what a shop gives back, by noun; each is a room of its own and uses only those after it:

referrals > catalogue > coupons > gift_cards > promotions > moments > engine.
`engine` decides, in pure Python, what a cart is given and why; `models` gathers the nouns' tables for Django.
Does not own: the balance of points or wallet money (ledger), the sale itself (sales), who is in a segment (segments).
"""
