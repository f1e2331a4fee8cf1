"""Consent: every yes and no leaves a row with its proof; the member row carries what is true now."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from members.facts import CONSENT_TEXT_VERSION, Channel, ConsentSource, StopReason, Topic
from members.models import Consent, Member
from members.operations.purchases import lock_member
from merchants.facts import SYSTEM, Actor, MerchantFacts


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
) -> bool:
    """Record a yes or a no and make it the member's state; return True when something changed.

    The same answer again leaves no row, unless a yes is given to a newer wording. Raises MemberNotFound.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
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
    )
    if (topic, channel) == (Topic.PROMO, Channel.EMAIL):
        Member.objects.filter(merchant_id=merchant.id, id=member.id).update(promo_email=granted)
    return True


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
