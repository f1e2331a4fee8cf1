"""Members: who they are, their cards, tiers and consents.

Owns: the identity of a member, cards and their tokens, tiers and moves between them, consent with proof,
the running figures (first, last, count, spend) that every sale brings up to date.
Does not own: points and wallet (ledger), sales, coupons, segments; merging and erasing people (people).
"""
