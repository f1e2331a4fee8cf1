"""The kernel: what every app needs and no domain word belongs to.

Owns: refusals and field errors and how a form shows them, quantities (money, points, days in words),
ids, where a business day ends, the reader's language, the base of every merchant-owned table, the
migration operations that protect such tables.
Does not own: any table, any rule of the loyalty program.
"""
