"""What a till may change of a member, within limits that staff do not have."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from common.errors import Refusal
from members.facts import Channel, ConsentSource, MemberFacts, ProfileChanges, Topic
from members.operations.cards import require_card_in_force
from members.operations.consents import set_consent
from members.operations.enrolments import MemberExists
from members.operations.profiles import ContactTaken, edit_profile
from members.operations.purchases import lock_member
from members.rules import birth_date_locked_until
from merchants.facts import Actor, MerchantFacts


class BirthDateLocked(Refusal):
    """The date of birth was changed a short time ago; `until` is the first day on which a till may change it again."""

    code = "birth_date_locked"


def edit_at_till(
    *,
    merchant: MerchantFacts,
    till_id: UUID,
    member_id: UUID,
    changes: ProfileChanges,
    actor: Actor,
    at: datetime,
    business_date: date,
) -> MemberFacts:
    """Change named fields of a member whom the till knows by more than a waiting card.

    Raises MemberNotFound, BadInput, MemberExists(member_id=...), Refusal('member_blocked'),
    Refusal('member_restricted'), BirthDateLocked, CardNotConfirmed.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    require_card_in_force(merchant=merchant, till_id=till_id, member_id=member.id, identifier=None, at=at)
    if member.is_blocked:
        raise Refusal("member_blocked")
    if member.is_restricted:
        raise Refusal("member_restricted")
    if changes.birth_date is not None and member.birth_date not in (None, changes.birth_date):
        until = birth_date_locked_until(member.birth_date_changed_on)
        if until is not None and business_date < until:
            raise BirthDateLocked(until=until)
    try:
        return edit_profile(
            merchant=merchant, member_id=member.id, changes=changes, actor=actor, at=at, business_date=business_date
        )
    except ContactTaken as taken:
        raise MemberExists(member_id=taken.member_id) from None


def consent_at_till(
    *,
    merchant: MerchantFacts,
    till_id: UUID,
    member_id: UUID,
    topic: Topic,
    channel: Channel,
    granted: bool,
    text_version: str,
    actor: Actor,
    at: datetime,
) -> MemberFacts:
    """Record what a member whom the till knows by more than a waiting card said to the cashier.

    Raises MemberNotFound, CardNotConfirmed.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    require_card_in_force(merchant=merchant, till_id=till_id, member_id=member.id, identifier=None, at=at)
    set_consent(
        merchant=merchant,
        member_id=member.id,
        granted=granted,
        source=ConsentSource.TILL,
        at=at,
        topic=topic,
        channel=channel,
        text_version=text_version,
        actor=actor,
    )
    return lock_member(merchant=merchant, member_id=member.id)
