"""The friend's side of a referral: joins with a code, then buys for the first time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.ids import new_id
from merchants.facts import MerchantFacts
from rewards.coupons.operations import issue_coupon
from rewards.referrals.facts import ReferralState
from rewards.referrals.models import Referral
from rewards.referrals.operations.moves import ReferralTransition, write_steps
from rewards.referrals.queries import program_in_force


def start_referral(
    *, merchant: MerchantFacts, friend_id: UUID, referrer_id: UUID, source: str, at: datetime, business_date: date
) -> UUID | None:
    """The friend's referral on the terms in force, and their coupon where the program gives one.

    None while no program is open, and for a friend who has a referral already.
    """
    program = program_in_force(merchant=merchant, at=at)
    if program is None or not program.terms.is_open or friend_id == referrer_id:
        return None
    referral_id = new_id()
    Referral.objects.bulk_create(
        [
            Referral(
                merchant_id=merchant.id,
                id=referral_id,
                program_id=program.id,
                friend_id=friend_id,
                referrer_id=referrer_id,
                source=source,
                joined_at=at,
                joined_on=business_date,
            )
        ],
        ignore_conflicts=True,
    )
    if not Referral.objects.filter(merchant_id=merchant.id, id=referral_id).exists():
        return None
    write_steps(merchant=merchant, steps=[ReferralTransition(referral_id, None, ReferralState.JOINED)], at=at)
    if program.terms.friend_batch_id is not None:
        issue_coupon(
            merchant=merchant,
            batch_id=program.terms.friend_batch_id,
            member_id=friend_id,
            source_id=referral_id,
            at=at,
            today=business_date,
        )
    return referral_id


# Guarded by the state: of two first sales at once the later one finds the referral gone from 'joined'.
_QUALIFY: Final = """
UPDATE rewards_referral r
SET state = 'qualified', sale_id = %(sale)s, sale_amount = %(amount)s, qualified_on = %(day)s,
    due_on = %(day)s::date + p.waiting_days
FROM rewards_referralprogram p
WHERE r.merchant_id = %(merchant)s AND r.friend_id = %(friend)s AND r.state = 'joined'
  AND p.merchant_id = %(merchant)s AND p.id = r.program_id
  AND p.minimum_amount <= %(amount)s AND r.joined_on <= %(day)s AND %(day)s <= r.joined_on + p.qualify_days
RETURNING r.id
"""


def qualify_referral(
    *, merchant: MerchantFacts, friend_id: UUID, sale_id: UUID, amount: int, business_date: date, at: datetime
) -> UUID | None:
    """A referred member's sale, in its own transaction: the referral it fulfils, if any.

    `amount` is the sale's total after discounts, `business_date` the sale's own day. The member's row is locked.
    One statement; one more for the sale that fulfils the referral.
    """
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "friend": friend_id,
        "sale": sale_id,
        "amount": amount,
        "day": business_date,
    }
    with connection.cursor() as cursor:
        cursor.execute(_QUALIFY, values)
        row = cursor.fetchone()
    if row is None:
        return None
    referral_id: UUID = row[0]
    write_steps(
        merchant=merchant, steps=[ReferralTransition(referral_id, ReferralState.JOINED, ReferralState.QUALIFIED)], at=at
    )
    return referral_id
