"""Messages that leave the house: the conversation with the mail server, the bytes of a mail, what a reply means.

Owns: SMTP, message headers, when a message is tried again, addresses that get nothing any more, how a merchant sends,
which installation may send (the restore guard).
Does not own: why somebody is written to and what is said (the room that wants the message), consent and addresses
(members), accounts' mails such as a new password (allauth).
"""
