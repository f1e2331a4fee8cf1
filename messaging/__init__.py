"""Messages that leave the house; the room that wants a message says what it says and whether it is still due.

Owns: messages, attempts, dispatches (what is stopped as one), SMTP, addresses that get nothing any more, how a merchant
sends, which installation may send (the restore guard). `Message` rows are the queue: Redis only wakes a worker.
Does not own: the reason and the text of a message (the room that wants it), consent and addresses (members), accounts'
mails such as a new password (allauth).
"""
