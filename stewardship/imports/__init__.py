"""Members and sales from CSV files: read by a column mapping, taken in whole receipts, rejected rows kept.

`mapping` names the columns, `reading` turns rows into values or rejects, `receipts` groups rows into receipts,
`running` takes them in, chunk by chunk, each chunk one transaction, so that a killed import is simply run again.
"""
