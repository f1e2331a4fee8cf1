"""A person joins: one at the till or many from a file, with accounts and bonus; bring-a-friend until it is settled.

Owns: no table; one function per action, calling every app's own operation by name.
Does not own: who a member is (members), what a referral grants (rewards), the message that welcomes (campaigns).
"""
