"""What is done to a person in every app at once: join two records of one person, erase one, hand one their data.

Owns: no table; one function per action, calling every app's own absorb_member / forget_member / its reads by name.
Does not own: who a member is and what people asked for (members), the ledger's amounts, the page and its words.
"""
