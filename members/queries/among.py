"""Sets of members that a list is narrowed to, as statements: what apps above know, and who moved between tiers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from merchants.facts import MerchantFacts

_MOVED: Final = """
    SELECT v.member_id FROM members_tiermove v
    JOIN members_tier a ON a.merchant_id = %s AND a.id = v.from_tier_id
    JOIN members_tier b ON b.merchant_id = %s AND b.id = v.to_tier_id
    WHERE v.merchant_id = %s AND v.business_date >= %s AND v.business_date < %s
      AND CASE WHEN %s THEN b.rank > a.rank ELSE b.rank < a.rank END"""


@dataclass(frozen=True)
class AmongMembers:
    """Only members that a SELECT of `member_id` gives: what an app above knows of them, with the merchant in it."""

    sql: str
    values: tuple[Any, ...]


def members_who_moved(*, merchant: MerchantFacts, first: date, end: date, is_up: bool) -> AmongMembers:
    """Return who moved up, or down, between tiers on the business days from `first` to before `end`.

    Up and down go by the order that the levels have now.
    """
    return AmongMembers(_MOVED, (merchant.id, merchant.id, merchant.id, first, end, is_up))
