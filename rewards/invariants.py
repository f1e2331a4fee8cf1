"""What must hold in the tables of rewards on live data; each violation names the row that breaks it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from common.violations import Check, Violation
from merchants.facts import MerchantFacts
from rewards.catalogue import invariants as catalogue
from rewards.coupons import invariants as coupons
from rewards.gift_cards import invariants as stored_value
from rewards.moments.rules import STANDARD
from rewards.promotions.invariants import points_caps, promotions
from rewards.referrals import invariants as referrals

NAMED_PER_CHECK: Final = 100
CHECKS: Final[tuple[Check, ...]] = (
    *coupons.CHECKS,
    *promotions.CHECKS,
    *points_caps.CHECKS,
    *referrals.CHECKS,
    *stored_value.CHECKS,
    *catalogue.CHECKS,
)
COUNTED: Final = (
    "promotion",
    "promotionday",
    "promotionuse",
    "pointstally",
    "pointstake",
    "coupon",
    "couponreservation",
    "couponredemption",
    "reward",
    "redemption",
    "redemptionstep",
    "stockmovement",
    "partnerfunding",
    "momentdates",
    "stampcard",
    "stampentry",
    "couponclawback",
    "topup",
    "giftcard",
    "referral",
    "referralgrant",
    "referralclawback",
)


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Return every broken row, at most 100 per check; empty when all is well."""
    found = []
    named: dict[str, UUID | list[str]] = {"merchant": merchant.id, "standard": list(STANDARD)}
    with connection.cursor() as cursor:
        for invariant, table, message, statement in CHECKS:
            cursor.execute(f"{statement} LIMIT {NAMED_PER_CHECK}", named)
            found += [Violation(invariant, table, str(row[0]), message) for row in cursor.fetchall()]
    return found


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    """Return how many rows the checks covered, by table."""
    counts = {}
    with connection.cursor() as cursor:
        for name in COUNTED:
            cursor.execute(f"SELECT count(*) FROM rewards_{name} WHERE merchant_id = %s", [merchant.id])  # noqa: S608
            counts[f"rewards_{name}"] = cursor.fetchone()[0]
    return counts
