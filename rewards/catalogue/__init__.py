"""The reward catalogue: what points buy, from the shelf to the member's hands.

Owns: rewards and their pictures, stock and its movements, redemptions, gifts on their way, step by step.
Does not own: the points paid (ledger), the coupons that a reward hands out, the partners who pay a share.
Others call `operations`, `queries`, `rules` and `facts`, each by what it exports; tables stay inside.
"""
