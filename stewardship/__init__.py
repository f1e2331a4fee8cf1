"""What touches several apps at once: opening a merchant, enrolling, importing files, and later merge and erasure.

Owns: no table; one function per action, calling every app's own operation by name.
Does not own: the rules of any of those steps.
"""
