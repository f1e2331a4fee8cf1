"""What a mail says to each recipient: the values of its merge fields, read for a whole batch at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext

from campaigns.facts import CampaignFacts, MemberOccasion
from common.quantities import format_day, format_number
from common.text import one_line
from ledger.queries import balances
from members.queries import card_tokens, unsubscribe_token
from members.rules import first_name_of
from merchants.facts import MerchantFacts
from rewards.coupons.facts import BatchFacts
from rewards.coupons.queries import coupons_of_source
from rewards.coupons.rules import last_day_given


@dataclass(frozen=True)
class Recipient:
    """One member to write to; `values` by merge field, those without a value left out."""

    member_id: UUID
    name: str
    address: str
    values: Mapping[str, str]


_CONTACTS = """
SELECT member_id, name, number, email, tier_name FROM members_contact
WHERE merchant_id = %s AND member_id = ANY(%s::uuid[]) AND email IS NOT NULL
"""


def recipients(
    *,
    merchant: MerchantFacts,
    campaign: CampaignFacts,
    wanted: Sequence[MemberOccasion],
    fields: frozenset[str],
    business_date: date,
) -> dict[MemberOccasion, Recipient]:
    """Return the batch by member and occasion, without members who have no address; at most four statements."""
    member_ids = sorted({member_id for member_id, _ in wanted})
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS, [merchant.id, member_ids])
        contacts = {row[0]: row[1:] for row in cursor.fetchall()}
    links = _read_links(merchant, member_ids, fields)
    points = _read_points(merchant, member_ids, fields, business_date)
    coupons = _read_coupons(merchant, campaign, member_ids)
    found = {}
    for recipient in wanted:
        member_id = recipient.member_id
        if member_id not in contacts:
            continue
        name, number, email, tier = contacts[member_id]
        unsubscribe = unsubscribe_url(merchant=merchant, member_id=member_id, campaign_id=campaign.id)
        values = {
            "first_name": one_line(first_name_of(name)),
            "name": one_line(name),
            "member_number": number,
            "points_name": merchant.points_name,
            "tier": one_line(tier or ""),
            "merchant": merchant.name,
            "unsubscribe_link": unsubscribe,
            "unsubscribe_url": unsubscribe,
            **coupons.get(recipient, {}),
            **points.get(member_id, {}),
            **links.get(member_id, {}),
        }
        found[recipient] = Recipient(member_id=member_id, name=one_line(name), address=email, values=values)
    return found


def unsubscribe_url(*, merchant: MerchantFacts, member_id: UUID, campaign_id: UUID) -> str:
    """Return a member's one-click address; `c` says which campaign's mail made them unsubscribe."""
    token = unsubscribe_token(merchant=merchant, member_id=member_id)
    return f"{settings.PUBLIC_URL}/m/{merchant.slug}/u/{token}?c={campaign_id.hex}"


def sample_values(*, merchant: MerchantFacts, coupon: BatchFacts | None, name: str, today: date) -> dict[str, str]:
    """Return values for a preview or a test: made-up points, a code that no till takes, links to the home page."""
    return {
        "first_name": one_line(first_name_of(name)),
        "name": one_line(name),
        "member_number": "0000000000",
        "points": format_number(1240),
        "points_name": merchant.points_name,
        "tier": "Gold",
        "merchant": merchant.name,
        "coupon_code": "CONTOH-0000",
        "coupon_title": one_line(coupon.title) if coupon else "",
        "coupon_valid_until": _say_last_day(merchant, last_day_given(coupon, today) if coupon else None),
        "card_link": settings.PUBLIC_URL,
        "unsubscribe_link": settings.PUBLIC_URL,
        "unsubscribe_url": settings.PUBLIC_URL,
    }


def _read_links(
    merchant: MerchantFacts, member_ids: Sequence[UUID], fields: frozenset[str]
) -> dict[UUID, dict[str, str]]:
    if "card_link" not in fields:
        return {}
    tokens = card_tokens(merchant=merchant, member_ids=member_ids)
    base = f"{settings.PUBLIC_URL}/m/{merchant.slug}/card"
    return {member_id: {"card_link": f"{base}/{token}"} for member_id, token in tokens.items()}


def _read_points(
    merchant: MerchantFacts, member_ids: Sequence[UUID], fields: frozenset[str], business_date: date
) -> dict[UUID, dict[str, str]]:
    if "points" not in fields:
        return {}
    found = balances(merchant=merchant, owner_ids=member_ids, business_date=business_date)
    return {member_id: {"points": format_number(balance.available)} for member_id, balance in found.items()}


def _read_coupons(
    merchant: MerchantFacts, campaign: CampaignFacts, member_ids: Sequence[UUID]
) -> dict[MemberOccasion, dict[str, str]]:
    if campaign.coupon is None:
        return {}
    found = coupons_of_source(merchant=merchant, source_id=campaign.id, member_ids=member_ids)
    return {
        MemberOccasion(member_id, occasion_key): {
            "coupon_code": coupon.code,
            "coupon_title": one_line(coupon.title),
            "coupon_valid_until": _say_last_day(merchant, coupon.until),
        }
        for (member_id, occasion_key), coupon in found.items()
    }


def _say_last_day(merchant: MerchantFacts, day: date | None) -> str:
    """Return the day, or words that can stand in its place: older coupons of rewards may have no end."""
    if day is not None:
        return format_day(day, merchant.language)
    with translation.override(merchant.language):
        return gettext("it is used")
