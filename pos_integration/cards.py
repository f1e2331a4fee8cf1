"""Collects what the till is told about one member: short reads over ledger and rewards."""

from __future__ import annotations

from datetime import date

from ledger.facts import Unit
from ledger.queries import balance
from members.facts import MemberFacts
from merchants.rules import business_date
from pos_integration.pipeline import Call
from pos_integration.presentation import MemberCard, referral_link
from rewards.queries import birthday_benefit_open, coupons_and_stamps


def today_of(call: Call) -> date:
    """The merchant's business day at the moment the request came in."""
    return business_date(call.received_at, call.merchant.timezone, call.merchant.day_starts_at)


def card_of(call: Call, member: MemberFacts) -> MemberCard:
    merchant, now, today = call.merchant, call.received_at, today_of(call)
    coupons, stamps = coupons_and_stamps(merchant=merchant, member_id=member.id, at=now, today=today)
    return MemberCard(
        member=member,
        points=balance(merchant=merchant, owner_id=member.id, unit=Unit.POINTS, business_date=today, at=now),
        wallet=balance(merchant=merchant, owner_id=member.id, unit=Unit.WALLET, business_date=today, at=now),
        coupons=tuple(coupons),
        stamps=tuple(stamps),
        today=today,
        birthday_benefit_open=birthday_benefit_open(
            merchant=merchant, birth_date=member.birth_date, at=now, today=today
        ),
        referral_link=referral_link(merchant, member),
    )
