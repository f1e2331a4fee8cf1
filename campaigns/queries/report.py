"""What a campaign did: who got it, what came back, and whether the campaign caused it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from campaigns.facts import CampaignFacts, CampaignReport, DeliveryState, ExclusionReason, GroupResult
from campaigns.queries.campaigns import campaign as campaign_by_id
from campaigns.queries.coupons import CampaignCouponResult, coupon_results
from campaigns.rules.proof import Spend, conversion_uplift, detectable_points, revenue_uplift
from merchants.facts import MerchantFacts
from rewards.coupons.queries import issued_by_source

_PEOPLE = """
SELECT state, reason, count(*), max(measured_from) FROM campaigns_recipient
WHERE merchant_id = %s AND campaign_id = %s GROUP BY 1, 2 ORDER BY 1, 2
"""

_NOT_TREATED = frozenset({DeliveryState.CONTROL, DeliveryState.EXCLUDED})

# Every member counts in the group they were drawn for, mailed or not: leaving out those who could not be reached would
# compare two different kinds of people. Returned goods are already taken off net_amount.
_SPENDS = """
SELECT spends.is_control, count(*), count(*) FILTER (WHERE spends.bought), sum(spends.amount), sum(spends.amount ^ 2)
FROM (
    SELECT d.state = 'control' AS is_control,
           coalesce(bool_or(p.is_purchase), false) AS bought,
           coalesce(sum(p.net_amount), 0)::numeric AS amount
    FROM campaigns_recipient d
    LEFT JOIN sales_purchase p
        ON p.merchant_id = %(merchant)s AND p.member_id = d.member_id
       AND p.occurred_at >= d.measured_from AND p.occurred_at < d.measured_from + make_interval(days => %(days)s)
       AND p.occurred_at < %(at)s
    WHERE d.merchant_id = %(merchant)s AND d.campaign_id = %(campaign)s AND d.state <> 'excluded'
    GROUP BY d.id, d.state
) spends
GROUP BY 1
"""


def campaign_report(*, merchant: MerchantFacts, campaign_id: UUID, at: datetime) -> CampaignReport:
    """Return the result of a campaign or welcome as of `at`. Raises Missing('campaign_not_found').

    Five statements. A treated member buys "after the campaign" from the moment the audience froze (for a welcome:
    from when the mail was due), a control member from the same moment, for `measure_days` days.
    """
    facts = campaign_by_id(merchant=merchant, campaign_id=campaign_id)
    people = _read_people(merchant, campaign_id)
    spends = _sum_spends(merchant, facts, at)
    issued = issued_by_source(merchant=merchant, source_id=campaign_id)
    coupons = coupon_results(merchant=merchant, campaign_ids=[campaign_id]).get(campaign_id, CampaignCouponResult())
    (treated, treated_spend), (control, control_spend) = spends[False], spends[True]
    revenue = revenue_uplift(treated=treated_spend, control=control_spend)
    counted = {state: sum(n for s, _, n, _ in people if s == state) for state in DeliveryState}
    last_start = max((start for *_, start in people), default=None)
    return CampaignReport(
        campaign=facts,
        matched=sum(counted.values()),
        excluded={ExclusionReason(reason): n for state, reason, n, _ in people if state == DeliveryState.EXCLUDED},
        states={state: n for state, n in counted.items() if n and state not in _NOT_TREATED},
        reasons=_count_reasons(people),
        treated=treated,
        control=control,
        coupons_issued=issued,
        coupons_redeemed=coupons.redeemed,
        coupon_discount_amount=coupons.discount_amount,
        coupon_sales_amount=coupons.sales_amount,
        conversion_uplift=conversion_uplift(
            treated_buyers=treated.buyers,
            treated=treated.members,
            control_buyers=control.buyers,
            control=control.members,
        ),
        revenue_uplift_per_head=revenue,
        incremental_amount=round(revenue.value * treated.members) if control.members else 0,
        detectable_points=_smallest_detectable(treated, control),
        measured_until=last_start + timedelta(days=facts.measure_days) if last_start else None,
        as_of=at,
    )


Person = tuple[DeliveryState, str, int, datetime]


def _read_people(merchant: MerchantFacts, campaign_id: UUID) -> list[Person]:
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [merchant.id, campaign_id])
        return [(DeliveryState(state), reason, n, start) for state, reason, n, start in cursor.fetchall()]


def _count_reasons(people: list[Person]) -> dict[tuple[DeliveryState, ExclusionReason], int]:
    """Return why treated members did not get it, by state and reason."""
    return {
        (state, ExclusionReason(reason)): n for state, reason, n, _ in people if reason and state not in _NOT_TREATED
    }


def _sum_spends(merchant: MerchantFacts, facts: CampaignFacts, at: datetime) -> dict[bool, tuple[GroupResult, Spend]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _SPENDS,
            {
                "merchant": merchant.id,
                "campaign": facts.id,
                "days": facts.measure_days,
                "at": at,
            },
        )
        rows = {row[0]: [int(figure) for figure in row[1:]] for row in cursor.fetchall()}
    found = {}
    for is_control in (False, True):
        members, buyers, total, squares = rows.get(is_control, [0, 0, 0, 0])
        group = GroupResult(members=members, buyers=buyers, revenue_amount=total)
        found[is_control] = (group, Spend(members=members, total=total, squares=squares))
    return found


def _smallest_detectable(treated: GroupResult, control: GroupResult) -> float | None:
    """Return the smallest difference that can be shown, with the control group's own conversion once it has one."""
    if 0 < control.conversion < 1:
        return detectable_points(treated=treated.members, control=control.members, conversion=control.conversion)
    return detectable_points(treated=treated.members, control=control.members)
