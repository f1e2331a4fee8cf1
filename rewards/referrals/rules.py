"""Referrals: what makes one doubtful, when a referrer has had enough; pure."""

from __future__ import annotations

from typing import Any, Final

from rewards.referrals.facts import Evidence, FraudSignal, FriendPrice, MeasuredSignal, ReferralTerms

SHARED_BY_MEMBERS: Final = 5
"""What more members than this use is the shop's own tablet, or a word for cash: it says nothing about two of them."""
DEVICE_JOINS: Final = 3
SAME_TILL_MINUTES: Final = 10
RING_SALES: Final = 5
RING_PERCENT: Final = 80


def fraud_signals(evidence: Evidence, terms: ReferralTerms) -> tuple[MeasuredSignal, ...]:
    """Everything that speaks for one person behind both, for a ring or for a farm, each with its figures."""
    found = [MeasuredSignal(signal, 1, 0) for signal, holds in _shared_signals(evidence) if holds]
    if evidence.shared_device and evidence.device_members <= SHARED_BY_MEMBERS:
        found.append(MeasuredSignal(FraudSignal.SAME_DEVICE, evidence.device_members, 0))
    if 0 < evidence.tender_members <= SHARED_BY_MEMBERS:
        found.append(MeasuredSignal(FraudSignal.SAME_TENDER, evidence.tender_members, 0))
    if evidence.device_joins > DEVICE_JOINS:
        found.append(MeasuredSignal(FraudSignal.DEVICE_JOINS, evidence.device_joins, DEVICE_JOINS))
    if evidence.till_minutes is not None and evidence.till_minutes <= SAME_TILL_MINUTES:
        found.append(MeasuredSignal(FraudSignal.SAME_TILL_MINUTES, evidence.till_minutes, SAME_TILL_MINUTES))
    if _is_ring(evidence):
        found.append(MeasuredSignal(FraudSignal.CASHIER_RING, evidence.cashier_sales, evidence.referred_sales))
    if evidence.joins_that_day > terms.joins_per_day:
        found.append(MeasuredSignal(FraudSignal.JOINS_PER_DAY, evidence.joins_that_day, terms.joins_per_day))
    if evidence.circle:
        found.append(MeasuredSignal(FraudSignal.CIRCLE, evidence.circle, 0))
    return tuple(found)


def _shared_signals(evidence: Evidence) -> tuple[tuple[FraudSignal, bool], ...]:
    return (
        (FraudSignal.SAME_MEMBER, evidence.same_member),
        (FraudSignal.SAME_PHONE, evidence.same_phone),
        (FraudSignal.SAME_EMAIL, evidence.same_email),
        (FraudSignal.SAME_BIRTH_AND_SURNAME, evidence.same_birth_and_surname),
        (FraudSignal.SAME_ADDRESS, evidence.same_address),
    )


def _is_ring(evidence: Evidence) -> bool:
    enough = evidence.referred_sales >= RING_SALES
    return enough and evidence.cashier_sales * 100 >= RING_PERCENT * evidence.referred_sales


def cap_reached(terms: ReferralTerms, *, this_month: int, ever: int) -> MeasuredSignal | None:
    """Why this referrer gets nothing for one more friend; grants that were clawed back do not count."""
    if terms.total_cap is not None and ever >= terms.total_cap:
        return MeasuredSignal(FraudSignal.TOTAL_CAP, ever, terms.total_cap)
    if terms.monthly_cap is not None and this_month >= terms.monthly_cap:
        return MeasuredSignal(FraudSignal.MONTHLY_CAP, this_month, terms.monthly_cap)
    return None


def friend_price(terms: ReferralTerms) -> dict[str, Any] | None:
    """The definition of the friend's special price on the first purchase; None when there is none."""
    if not terms.is_open or terms.friend_price is FriendPrice.NONE:
        return None
    kind = "percent_off" if terms.friend_price is FriendPrice.PERCENT else "amount_off"
    when: dict[str, Any] = {"members_only": True, "referred": True, "first_purchase": True}
    return {"kind": kind, "value": terms.friend_value, "when": when}
