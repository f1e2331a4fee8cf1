"""How a message is handed to the mail server: one SMTP link for many messages, and the bytes of each.

Nothing here reads or writes the database; it runs outside any transaction.
"""
