"""Moments: feasts and days that come again, as the calendar has them and as a merchant sets them.

Owns: a merchant's own moments and the days they set; the standard calendar is in `rules`.
Does not own: the promotions that hang on a moment, so one is removed by promotions, which know them.
Others call `operations`, `queries`, `rules`, `facts` and `wording`, each by what it exports; tables stay inside.
"""
