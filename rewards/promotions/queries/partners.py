"""Partners, what each funds now, and what each owes for a period."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection

from common.errors import Missing
from merchants.facts import MerchantFacts
from rewards.promotions.facts import FundedOffer, PartnerFacts, PartnerLine
from rewards.promotions.models import Partner


def partners(*, merchant: MerchantFacts, active: bool | None = None) -> list[PartnerFacts]:
    """Return partners by name; `active` filters."""
    rows = Partner.objects.filter(merchant_id=merchant.id)
    if active is not None:
        rows = rows.filter(is_active=active)
    return [PartnerFacts(row.id, row.name, row.note, row.is_active) for row in rows.order_by("name", "id")]


def partner(*, merchant: MerchantFacts, partner_id: UUID) -> PartnerFacts:
    """Return one partner. Raises Missing('partner_not_found')."""
    row = Partner.objects.filter(merchant_id=merchant.id, id=partner_id).first()
    if row is None:
        raise Missing("partner_not_found")
    return PartnerFacts(row.id, row.name, row.note, row.is_active)


# The newest version of each promotion that has not ended, and every active reward, where it names a partner.
_FUNDED: Final = """
SELECT partner_id, kind, id, title, basis_points, unit_amount FROM (
    SELECT DISTINCT ON (p.id) (v.definition -> 'funding' ->> 'partner_id')::uuid AS partner_id, 'promotion' AS kind,
           p.id, p.title, round((v.definition -> 'funding' ->> 'percent')::numeric * 100)::int AS basis_points,
           NULL::bigint AS unit_amount
    FROM rewards_promotion p
    JOIN rewards_promotionversion v ON v.merchant_id = %(merchant)s AND v.promotion_id = p.id
    WHERE p.merchant_id = %(merchant)s AND p.state <> 'ended'
    ORDER BY p.id, v.number DESC) promotions
WHERE partner_id IS NOT NULL
UNION ALL
SELECT partner_id, 'reward', id, title, funding_basis_points, funding_unit_amount
FROM rewards_reward WHERE merchant_id = %(merchant)s AND is_active AND partner_id IS NOT NULL
ORDER BY 2, 4, 3
"""


def funded_offers(*, merchant: MerchantFacts) -> dict[UUID, list[FundedOffer]]:
    """Return what each partner pays a part of, by partner; one statement."""
    found: dict[UUID, list[FundedOffer]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FUNDED, {"merchant": merchant.id})
        for partner_id, *offer in cursor.fetchall():
            found.setdefault(partner_id, []).append(FundedOffer(*offer))
    return found


_FUNDABLE: Final = """
SELECT DISTINCT ON (p.id) p.id, p.title
FROM rewards_promotion p
JOIN rewards_promotionversion v ON v.merchant_id = %(merchant)s AND v.promotion_id = p.id
WHERE p.merchant_id = %(merchant)s AND p.state <> 'ended'
  AND p.kind NOT IN ('earn', 'earn_multiplier', 'earn_bonus', 'redeem_points', 'stamp', 'issue_coupon')
  AND NOT (p.kind = 'cashback' AND coalesce(v.definition ->> 'credit', 'wallet') <> 'discount')
ORDER BY p.id, v.number DESC
"""


def fundable_promotions(*, merchant: MerchantFacts) -> list[tuple[UUID, str]]:
    """Return (id, title) of promotions that give money or goods away, by title."""
    with connection.cursor() as cursor:
        cursor.execute(_FUNDABLE, {"merchant": merchant.id})
        return sorted(cursor.fetchall(), key=lambda row: (row[1].lower(), row[0]))


_REPORT: Final = """
SELECT s.partner_id, partner.name, CASE WHEN s.reward_id IS NULL THEN 'promotion' ELSE 'reward' END,
       coalesce(p.title, r.title),
       count(*) FILTER (WHERE s.kind = 'given'),
       coalesce(sum(s.base_amount) FILTER (WHERE s.kind = 'given'), 0),
       coalesce(sum(s.share_amount) FILTER (WHERE s.kind = 'given'), 0),
       coalesce(-sum(s.base_amount) FILTER (WHERE s.kind = 'returned'), 0),
       coalesce(-sum(s.share_amount) FILTER (WHERE s.kind = 'returned'), 0)
FROM rewards_partnerfunding s
JOIN rewards_partner partner ON partner.merchant_id = %(merchant)s AND partner.id = s.partner_id
LEFT JOIN rewards_promotion p ON p.merchant_id = %(merchant)s AND p.id = s.promotion_id
LEFT JOIN rewards_reward r ON r.merchant_id = %(merchant)s AND r.id = s.reward_id
WHERE s.merchant_id = %(merchant)s AND s.business_date BETWEEN %(first)s AND %(last)s
  AND (%(partner)s::uuid IS NULL OR s.partner_id = %(partner)s::uuid)
GROUP BY s.partner_id, partner.name, s.promotion_id, s.reward_id, p.title, r.title
ORDER BY partner.name, s.partner_id, 3, 4, s.promotion_id, s.reward_id
"""


def partner_report(
    *, merchant: MerchantFacts, first: date, last: date, partner_id: UUID | None = None
) -> list[PartnerLine]:
    """Return what was given and taken back on days `first` to `last`, both included, by partner and offer.

    A return counts on the day it was made, also when the sale was earlier. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REPORT, {"merchant": merchant.id, "first": first, "last": last, "partner": partner_id})
        return [PartnerLine(*row[:4], *map(int, row[4:])) for row in cursor.fetchall()]
