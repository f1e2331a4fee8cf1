"""Products: what the shop sells, in which category, at which list price, and what it costs since when.

Owns: products, their costs by start date, files of products brought in, the views `products_known` and `products_cost`.
Does not own: what was sold at which price (sales), what a promotion takes off (rewards).
A cost is never changed: a newer version of the same day counts instead, so every past margin can be explained.
"""
