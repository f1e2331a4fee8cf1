"""Segments: which of the four stages each buyer is in, how recent, frequent and valuable they are, and who moved.

Owns: the lifecycle rule of a merchant, nightly runs with their published snapshot, moves, counts, RFM scores,
the view `segments_current`.
Does not own: the members (members), the purchases they are computed from (sales), when a night is due (loyalty).
"""
