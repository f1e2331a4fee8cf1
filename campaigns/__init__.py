"""Coupon e-mails to a segment and the welcome of new members, with a control group and a report that compares.

Owns: campaigns, automations, deliveries (who was drawn for what). What is sent to whom is a message of `messaging`.
Does not own: messages and their attempts, suppressed addresses, how a merchant sends (messaging), consent and addresses
(members), coupons (rewards), who is in which segment (segments), sales.
"""
