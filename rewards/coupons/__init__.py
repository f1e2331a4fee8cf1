"""Coupons: codes that open a promotion, given, held by quotes, used by sales and returned; stamp cards fill up to one.

Owns: coupons and their batches, reservations and uses, shared codes, stamp cards and entries, what returns took back.
Does not own: what a coupon's promotion gives (promotions, engine) and the sale that uses it.
Others call `operations`, `queries`, `rules` and `facts`, each by what it exports; tables stay inside.
"""
