"""`segments.rules` said in SQL, for all buyers of a merchant at once. A property test holds the two together.

The texts are put together from constants of this module only; every value travels as a parameter.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from segments.facts import Thresholds
from segments.models import STILL_STANDS
from segments.rules import FIFTHS

PURCHASES: Final = "sales_purchase"
"""The view of sales that purchases are read from."""

FIGURES: Final = """
    SELECT member_id,
           min(business_date) AS first_purchase_on,
           max(business_date) AS last_purchase_on,
           count(*)::integer AS purchase_count,
           (count(*) FILTER (WHERE business_date >= %(window_start)s))::integer AS window_purchases,
           sum(net_amount)::bigint AS spend_amount
    FROM {purchases}
    WHERE merchant_id = %(merchant)s AND is_purchase AND business_date <= %(as_of)s
      AND NOT (member_id = ANY (ARRAY(
          SELECT kept.member_id FROM members_restricted kept WHERE kept.merchant_id = %(merchant)s
          UNION ALL
          SELECT child.member_id FROM members_child child
          WHERE child.merchant_id = %(merchant)s AND child.adult_on > %(as_of)s + 1)))
    GROUP BY member_id
"""

LIFECYCLE: Final = """
    CASE WHEN %(as_of)s - last_purchase_on > %(lapsed_after_days)s THEN 'lapsed'
         WHEN %(as_of)s - first_purchase_on <= %(new_within_days)s OR purchase_count = 1 THEN 'new'
         WHEN window_purchases >= %(loyal_purchases)s THEN 'loyal'
         ELSE 'active' END
"""


def fifth(column: str) -> str:
    """Return the SQL of a score: rank() - 1 is how many are strictly below; integer division is the floor."""
    return f"(1 + {FIFTHS} * (rank() OVER (ORDER BY {column}) - 1) / count(*) OVER ())::smallint"


def standings_sql(purchases: str = PURCHASES) -> str:
    """Return SQL with one row per buyer: member_id, segment, figures, scores. Parameters from `parameters`."""
    return f"""
        SELECT member_id, ({LIFECYCLE})::varchar(6) AS segment,
               first_purchase_on, last_purchase_on, purchase_count, window_purchases, spend_amount,
               {fifth("last_purchase_on")} AS recency,
               {fifth("purchase_count")} AS frequency,
               {fifth("spend_amount")} AS monetary
        FROM ({FIGURES.format(purchases=purchases)}) AS figures
    """  # noqa: S608 - constants of this module


def parameters(*, merchant_id: UUID, as_of: date, thresholds: Thresholds) -> dict[str, Any]:
    """Return the parameters of the SQL in this module."""
    return {
        "merchant": merchant_id,
        "as_of": as_of,
        "window_start": date.fromordinal(max(1, as_of.toordinal() - thresholds.loyal_window_days)),
        "new_within_days": thresholds.new_within_days,
        "lapsed_after_days": thresholds.lapsed_after_days,
        "loyal_purchases": thresholds.loyal_purchases,
        "still_stands": STILL_STANDS,
    }
