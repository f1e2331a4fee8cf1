"""Sales and returns: the fact that points, coupons, tiers and RFM all read.

Owns: quotes that hold something, sales with their lines, refunds, unmatched returns, the views `sales_purchase`,
`sales_spend`, `sales_receipt` and `sales_line`.
Does not own: how a discount is computed (rewards.engine), what points are (ledger), who a member is (members).
"""
