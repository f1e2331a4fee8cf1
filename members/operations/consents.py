"""Consent: every yes and no leaves a row with its proof; the member row carries what is true now."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from common.errors import BadInput, Refusal
from members.facts import CONSENT_TEXT_VERSION, Channel, ConsentMethod, ConsentSource, StopReason, Topic
from members.models import Consent, Member
from members.operations.purchases import lock_member
from members.queries.guardians import guardian_in_force
from members.rules import is_child
from members.wording import field_error
from merchants.facts import SYSTEM, Actor, MerchantFacts
from merchants.operations import record_audit


class GuardianNeeded(Refusal):
    """The member is a child (under 18), and no parent or guardian has agreed: a yes does not count."""

    code = "guardian_needed"


CONSENT_RECORDED: Final = "member.consent_recorded"
"""The audit entry of what a member said to staff; the proof itself is the row of the consent."""


def set_consent(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    granted: bool,
    source: ConsentSource,
    at: datetime,
    topic: Topic = Topic.PROMO,
    channel: Channel = Channel.EMAIL,
    text_version: str = CONSENT_TEXT_VERSION,
    reason: StopReason | None = None,
    actor: Actor = SYSTEM,
    method: ConsentMethod | None = None,
    said_on: date | None = None,
) -> bool:
    """Record a yes or a no and make it the member's state; return True when something changed.

    The same answer again leaves no row, unless a yes is given to a newer wording. Raises MemberNotFound, and
    GuardianNeeded for a child's yes.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    if (
        granted
        and is_child(member.birth_date, zone=merchant.timezone, at=at)
        and guardian_in_force(merchant=merchant, member_id=member.id) is None
    ):
        raise GuardianNeeded
    history = Consent.objects.filter(merchant_id=merchant.id, member_id=member.id).order_by("-seq")
    newest = history.first()
    last = history.filter(topic=topic.value, channel=channel.value).first()
    same = granted == (last is not None and last.granted)
    if same and (last is None or not granted or last.text_version == text_version):
        return False
    Consent.objects.create(
        merchant_id=merchant.id,
        member_id=member.id,
        seq=newest.seq + 1 if newest else 1,
        topic=topic.value,
        channel=channel.value,
        granted=granted,
        at=at,
        source=source.value,
        text_version=text_version,
        reason=reason.value if reason else "",
        actor_id=actor.user_id,
        actor_label="" if actor == SYSTEM else actor.label,
        method=method.value if method else "",
        said_on=said_on,
    )
    if (topic, channel) == (Topic.PROMO, Channel.EMAIL):
        Member.objects.filter(merchant_id=merchant.id, id=member.id).update(promo_email=granted)
    return True


def consent_to_staff(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    granted: bool,
    topic: Topic,
    channel: Channel,
    text_version: str,
    method: ConsentMethod,
    said_on: date,
    actor: Actor,
    at: datetime,
    business_date: date,
) -> bool:
    """Record what the member said to staff, how and on which day; return whether it changed anything.

    It counts from now on, on whichever day it was said. Raises MemberNotFound, BadInput (/said_on),
    GuardianNeeded.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    if not member.joined_on <= said_on <= business_date:
        raise BadInput([field_error("/said_on", "said_on_impossible")])
    changed = set_consent(
        merchant=merchant,
        member_id=member.id,
        granted=granted,
        source=ConsentSource.STAFF,
        at=at,
        topic=topic,
        channel=channel,
        text_version=text_version,
        actor=actor,
        method=method,
        said_on=said_on,
    )
    if changed:
        record_audit(
            merchant=merchant,
            actor=actor,
            action=CONSENT_RECORDED,
            at=at,
            subject=("member", member.id),
            after={"given": granted, "topic": topic, "channel": channel, "method": method, "said_on": said_on},
        )
    return changed


def withdraw_consent(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    source: ConsentSource,
    at: datetime,
    topic: Topic = Topic.PROMO,
    channel: Channel = Channel.EMAIL,
    reason: StopReason | None = None,
    actor: Actor = SYSTEM,
) -> bool:
    """Record a no from now on, before the next message is claimed; return False when nothing changed."""
    return set_consent(
        merchant=merchant,
        member_id=member_id,
        granted=False,
        source=source,
        at=at,
        topic=topic,
        channel=channel,
        reason=reason,
        actor=actor,
    )
