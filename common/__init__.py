"""The kernel: what every app needs and no domain word belongs to.

Owns: refusals and field errors, quantities (money, points, days in words), ids, the
base of every merchant-owned table, the migration operations that protect such tables.
Does not own: any table, any rule of the loyalty program.
"""
