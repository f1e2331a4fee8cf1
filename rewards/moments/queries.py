"""What a merchant has said about moments, and the days of those that promotions name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection

from merchants.facts import MerchantFacts
from rewards.engine.facts import Definition
from rewards.moments.facts import OwnCalendar, OwnDates, OwnMoment, Repeat, Rhythm
from rewards.moments.rules import Runs, moment_runs

_OWN = """
SELECT m.code, m.name, m.repeats, m.month, m.first_day, m.last_day, m.days,
       d.moment, d.year, d.number, d.first_on, d.last_on
FROM (SELECT * FROM rewards_moment WHERE merchant_id = %s) m
FULL JOIN (SELECT * FROM rewards_momentdates WHERE merchant_id = %s) d ON d.moment = m.code
ORDER BY m.code, d.moment, d.year, d.number
"""


def own_calendar(*, merchant: MerchantFacts) -> OwnCalendar:
    """Return the merchant's moments and days; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [merchant.id, merchant.id])
        rows = cursor.fetchall()
    moments = {row[0]: OwnMoment(row[0], row[1], Rhythm(Repeat(row[2]), *row[3:7])) for row in rows if row[0]}
    return OwnCalendar(tuple(moments.values()), tuple(OwnDates(*row[7:12]) for row in rows if row[7]))


def moments_named_by(*, merchant: MerchantFacts, promotions: Iterable[Definition]) -> Mapping[str, Runs]:
    """Return the days of the moments that these promotions name; no statement when they name none."""
    named = {d.when.moment for d in promotions if d.when.moment is not None}
    return moment_runs(named, own_calendar(merchant=merchant)) if named else {}
