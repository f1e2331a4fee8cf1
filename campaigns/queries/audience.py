"""Who matches, who is left out and why, who is held back: one statement for the estimate and for the freezing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from campaigns.facts import EXCLUSIONS, AudienceEstimate, ExclusionReason
from campaigns.queries.draws import control_threshold, draw_parameters
from campaigns.rules.proof import ASSUMED_CONVERSION, detectable_points
from common.ids import new_id
from merchants.facts import MerchantFacts
from messaging.queries import ADDRESS_HASH, HASHED, WRITTEN_TO_RECENTLY, address_parameters
from rewards.coupons.facts import BatchFacts
from rewards.coupons.rules import most_cost

# No offer goes to a child, whatever anyone agreed to.
OF_SEGMENT: Final = """
    SELECT m.member_id, m.status, m.email_key,
           m.promo_email AND (m.adult_at IS NULL OR m.adult_at <= %(at)s) AS promo_email
    FROM segments_current s
    JOIN members_contact m ON m.merchant_id = %(merchant)s AND m.member_id = s.member_id
    WHERE s.merchant_id = %(merchant)s AND s.segment = %(segment)s
"""
OF_MEMBERS: Final = """
    SELECT m.member_id, m.status, m.email_key,
           m.promo_email AND (m.adult_at IS NULL OR m.adult_at <= %(at)s) AS promo_email
    FROM members_contact m
    WHERE m.merchant_id = %(merchant)s AND m.member_id = ANY(%(members)s::uuid[])
"""

_RECENTLY: Final = WRITTEN_TO_RECENTLY.format(member="h.member_id", dispatch="%(campaign)s::uuid", days="%(cap_days)s")

# Reasons are checked in the order of facts.EXCLUSIONS: the first that applies is the one shown.
_DRAWN = f"""
WITH matched AS ({{matched}}),
hashed AS (
    SELECT member_id, status, promo_email, {ADDRESS_HASH.format(key="email_key")} AS address_hash FROM matched
),
judged AS (
    SELECT h.member_id, h.address_hash, CASE
        WHEN h.status <> 'active' THEN '{ExclusionReason.BLOCKED.value}'
        WHEN h.address_hash IS NULL THEN '{ExclusionReason.NO_ADDRESS.value}'
        WHEN NOT h.promo_email THEN '{ExclusionReason.NO_CONSENT.value}'
        WHEN EXISTS (
            SELECT 1 FROM messaging_suppressed x
            WHERE x.merchant_id = %(merchant)s AND x.address_hash = h.address_hash
        ) THEN '{ExclusionReason.SUPPRESSED.value}'
        WHEN %(cap_days)s > 0 AND {_RECENTLY}
        THEN '{ExclusionReason.MAILED_RECENTLY.value}'
    END AS reason
    FROM hashed h
),
single AS (
    SELECT member_id, address_hash, CASE
        WHEN reason IS NULL AND row_number() OVER (PARTITION BY reason, address_hash ORDER BY member_id) > 1
        THEN '{ExclusionReason.DUPLICATE_ADDRESS.value}' ELSE reason
    END AS reason
    FROM judged
),
drawn AS (
    SELECT member_id, address_hash, reason, reason IS NULL AND
        ('x' || encode(substring({HASHED.format(purpose="draw", bytes="uuid_send(member_id)")} FROM 1 FOR 4), 'hex'))
        ::bit(32)::bigint < %(control_threshold)s AS is_control
    FROM single
)
"""  # noqa: S608 - constants


_COUNT_DRAWN = "SELECT coalesce(reason, ''), is_control, count(*) FROM drawn GROUP BY 1, 2 ORDER BY 1, 2"


def drawn_audience(matched: str) -> str:
    """Return the SQL of a CTE `drawn` (member_id, address_hash, reason, is_control) over OF_SEGMENT or OF_MEMBERS."""
    return _DRAWN.format(matched=matched)


def audience_parameters(
    *, merchant: MerchantFacts, campaign_id: UUID, control_percent: int, cap_days: int, at: datetime
) -> dict[str, Any]:
    """Return the parameters of `drawn_audience`; add `segment` or `members`."""
    return {
        "merchant": merchant.id,
        "campaign": campaign_id,
        "cap_days": cap_days,
        "control_threshold": control_threshold(control_percent),
        "at": at,
        **address_parameters(merchant=merchant),
        **draw_parameters(merchant=merchant, campaign_id=campaign_id),
    }


def estimate_audience(
    *,
    merchant: MerchantFacts,
    segment: str,
    control_percent: int,
    frequency_cap_days: int,
    at: datetime,
    coupon: BatchFacts | None = None,
    campaign_id: UUID | None = None,
    conversion: float = ASSUMED_CONVERSION,
) -> AudienceEstimate:
    """Count matched -> reachable -> treated / control as if the audience froze at `at`, in one statement.

    With the campaign's id the split is exactly the one that freezing would make; without an id no member is drawn yet,
    and the split is a draw's average. `conversion` is the share that is assumed to buy anyway; it decides how small a
    difference could be seen.
    """
    parameters = audience_parameters(
        merchant=merchant,
        campaign_id=campaign_id or new_id(),
        control_percent=control_percent,
        cap_days=frequency_cap_days,
        at=at,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            drawn_audience(OF_SEGMENT) + _COUNT_DRAWN,
            {**parameters, "segment": segment},
        )
        rows = cursor.fetchall()
    excluded = {reason: sum(count for code, _, count in rows if code == reason.value) for reason in EXCLUSIONS}
    treated = sum(count for code, is_control, count in rows if not code and not is_control)
    control = sum(count for code, is_control, count in rows if not code and is_control)
    if campaign_id is None:
        reachable = treated + control
        control = (reachable * control_percent + 50) // 100
        treated = reachable - control
    return AudienceEstimate(
        matched=sum(count for _, _, count in rows),
        excluded={reason: count for reason, count in excluded.items() if count},
        reachable=treated + control,
        treated=treated,
        control=control,
        max_coupon_cost=most_cost(coupon.offer, uses=coupon.max_uses * treated) if coupon else 0,
        detectable_points=detectable_points(treated=treated, control=control, conversion=conversion),
        assumed_conversion=conversion,
    )
