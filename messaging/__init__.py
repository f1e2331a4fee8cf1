"""Messages that leave the house. It knows no reasons: the room that wants a message says what, and whether still.

Owns: messages, attempts, dispatches (what is stopped as one), SMTP, addresses that get nothing any more, how a merchant
sends, which installation may send (the restore guard). `Message` rows are the queue: Redis only wakes somebody up.
Does not own: why somebody is written to and what is said (the room that wants the message), consent and addresses
(members), accounts' mails such as a new password (allauth).
"""
