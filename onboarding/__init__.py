"""Opening a merchant: from nothing to the first sale a minute later, and the sample shop.

Owns: no table; the order in which a new merchant's house is set up, and the made-up past of the sample shop.
Does not own: the rules of any of those steps, which are operations of the apps below.
"""
