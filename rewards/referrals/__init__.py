"""Referrals: a member brings a friend, and both are thanked once it is sure that the friend stays.

Owns: the program and its versions, each referral with its steps, what was granted and what returns took back.
Does not own: whether two people are one (members and sales tell), the coupons and promotions that it gives.
Others call `operations`, `queries`, `rules`, `facts` and `wording`, each by what it exports; tables stay inside.
"""
