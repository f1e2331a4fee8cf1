"""Files in: members, sales and products from CSV files, read by a column mapping, rejected rows kept.

`files` names the columns, turns rows into values or rejects, and groups rows into receipts; `operations` takes them in,
chunk by chunk, each chunk one transaction, so that a killed import is simply run again.
Owns: no table. Does not own: how a member is enrolled or a sale recorded.
"""
