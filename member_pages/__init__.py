"""What a member opens on the phone without an app or a login: join, card, preferences, unsubscribe.

Owns: those pages, their links and the throttle of joining. Does not own: any table, any rule; segment words never
appear here.
"""
