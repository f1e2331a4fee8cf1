"""Coupon e-mails to a segment and the welcome of new members, with a control group and a report that compares.

Owns: campaigns, automations, deliveries with their sending attempts.
`Delivery` rows are the queue: tasks and Redis only wake somebody up to look at them.
Does not own: the SMTP conversation, suppressed addresses, how a merchant sends (messaging), consent and addresses
(members), coupons (rewards), who is in which segment (segments), sales.
"""
