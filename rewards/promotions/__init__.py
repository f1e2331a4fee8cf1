"""Promotions: written, checked, published in versions, limited, and said in words; partners who pay a share of them.

Owns: promotions, versions, drafts, turns, uses by day and member, points under caps, partners and what they owe.
Does not own: what a cart is given (engine), coupons that open a promotion, which days a moment has.
Others call `operations`, `queries`, `rules`, `facts` and `wording`, each by what it exports; tables stay inside.
"""
