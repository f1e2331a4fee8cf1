"""Insights: what the shop's own history says about rules: drafts looked at over real baskets, and simulated.

Owns: scenarios that were simulated, their progress and results, the limits from which discounts are too many.
Does not own: any sale, member, promotion or cost: it reads them, and a simulation writes nothing but its own result.
"""
