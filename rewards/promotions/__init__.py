"""Promotions: written, checked, published in versions, limited, and said in words; partners who pay a share of them.

Owns: promotions, versions, drafts, turns, uses by day and member, points under caps, partners and what they owe,
what each promotion gave in each sale (published as the view `rewards_benefit_given`).
Does not own: what a cart is given (engine), coupons that open a promotion, which days a moment has.
Others call `operations`, `queries`, `rules`, `facts` and `wording`, each by what it exports; tables stay inside.
"""
