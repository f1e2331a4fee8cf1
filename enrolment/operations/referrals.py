"""The night of referrals: what members and sales tell about each is gathered, judged, and settled in rewards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from members.facts import MemberSimilarity
from members.queries import joined_devices, likeness
from merchants.facts import MerchantFacts
from rewards.referrals.facts import Evidence, ReferralFacts
from rewards.referrals.operations import settle_referrals
from rewards.referrals.queries import joins_per_day, referrals_to_settle, sales_of_referrers
from rewards.referrals.rules import fraud_signals
from sales.queries import ReferredSale, SalesEvidence, busiest_cashier, sales_evidence
from sales.rules import points_expire_on


def settle_due_referrals(
    *, merchant: MerchantFacts, night_of: date, at: datetime, after: UUID | None, limit: int
) -> UUID | None:
    """Check new referrals, grant those whose return period is over, put doubtful ones aside: a step of the night.

    One batch after the cursor; returns the cursor for the next one, None when all are done. What has been settled is
    not met again, so a batch may be repeated.
    """
    waiting = referrals_to_settle(merchant=merchant, night_of=night_of, after=after, limit=limit)
    if not waiting:
        return None
    found = {
        referral_id: fraud_signals(evidence, terms)
        for referral_id, evidence, terms in (
            (r.id, evidence, r.terms) for r, evidence in zip(waiting, gather(merchant, waiting), strict=True)
        )
    }
    booked_on = night_of + timedelta(days=1)
    settle_referrals(
        merchant=merchant,
        found=found,
        night_of=night_of,
        at=at,
        expires_on=points_expire_on(earned_on=booked_on, received_on=booked_on, rule=merchant.expiry_rule),
    )
    return waiting[-1].id if len(waiting) == limit else None


def gather(merchant: MerchantFacts, waiting: Sequence[ReferralFacts]) -> list[Evidence]:
    """Gather what is known about each, in order; as many statements for a hundred as for one, but for cashiers."""
    alike = likeness(merchant=merchant, pairs=[(r.friend_id, r.referrer_id) for r in waiting])
    sold = _load_sales_evidence(merchant, waiting)
    joins = joins_per_day(merchant=merchant, days=[(r.referrer_id, r.joined_on) for r in waiting])
    fulfilled = sales_of_referrers(merchant=merchant, referrer_ids=[r.referrer_id for r in waiting])
    cashiers = {
        referrer_id: busiest_cashier(merchant=merchant, sale_ids=sale_ids)
        for referrer_id, sale_ids in fulfilled.items()
    }
    return [
        _make_evidence(
            alike[r.friend_id, r.referrer_id],
            sold[r.id],
            joins=joins.get((r.referrer_id, r.joined_on), 0),
            cashier_sales=cashiers.get(r.referrer_id, 0),
            referred_sales=len(fulfilled.get(r.referrer_id, ())),
        )
        for r in waiting
    ]


def _load_sales_evidence(merchant: MerchantFacts, waiting: Sequence[ReferralFacts]) -> Mapping[UUID, SalesEvidence]:
    people = {member_id for r in waiting for member_id in (r.friend_id, r.referrer_id)}
    devices = joined_devices(merchant=merchant, member_ids=people)
    cases = [ReferredSale(r.id, r.sale_id, r.friend_id, r.referrer_id) for r in waiting if r.sale_id is not None]
    return sales_evidence(merchant=merchant, cases=cases, joined_on={who: {device} for who, device in devices.items()})


def _make_evidence(
    alike: MemberSimilarity, sold: SalesEvidence, *, joins: int, cashier_sales: int, referred_sales: int
) -> Evidence:
    return Evidence(
        same_member=alike.same_member,
        same_phone=alike.same_phone,
        same_email=alike.same_email,
        same_birth_and_surname=alike.same_birth_and_surname,
        same_address=alike.same_address,
        shared_device=sold.device_members > 0,
        device_members=max(sold.device_members, alike.device_members if alike.joined_on_same_device else 0),
        device_joins=alike.device_members,
        tender_members=sold.tender_members,
        till_minutes=sold.till_minutes,
        cashier_sales=cashier_sales,
        referred_sales=referred_sales,
        joins_that_day=joins,
        circle=alike.circle,
    )
