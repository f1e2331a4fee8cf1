"""How a message is written and handed over: compiled once per campaign, filled per recipient, one SMTP link per batch.

Nothing here reads or writes the database; it runs outside any transaction.
"""
