"""Tiers and consents of two records that are joined, and taken apart again."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any
from uuid import UUID

from members.facts import Channel, ConsentSource, MemberFacts, TierCause, Topic
from members.models import Consent, Member, MemberMerge, TierMove
from members.operations.consents import GuardianNeeded, set_consent
from members.rules import added_figures, figures_without, tier_of_both
from merchants.facts import Actor, MerchantFacts


def join_tiers(
    merchant: MerchantFacts,
    survivor: MemberFacts,
    merged: MemberFacts,
    *,
    actor: Actor,
    at: datetime,
    business_date: date,
) -> None:
    """Add up what counts towards tiers; the survivor has the higher tier of both, or the one that both earn."""
    figures = added_figures(survivor.tier_figures, merged.tier_figures)
    tier = tier_of_both(survivor, merged)
    columns: dict[str, Any] = {
        "tier_spend_amount": figures.spend_amount,
        "tier_points": figures.points,
        "tier_visits": figures.visits,
        "tier_counted_since_on": figures.counted_since_on,
    }
    if tier != survivor.tier and tier is not None:
        is_theirs = tier == merged.tier
        columns["tier_id"] = tier.id
        columns["tier_since_on"] = merged.tier_since_on if is_theirs else business_date
        columns["tier_protected_until"] = merged.tier_protected_until if is_theirs else None
        from_id = survivor.tier.id if survivor.tier else None
        _write_move(merchant, survivor.id, from_id, tier.id, actor=actor, at=at, business_date=business_date)
    Member.objects.filter(merchant_id=merchant.id, id=survivor.id).update(**columns)


def part_tiers(
    merchant: MerchantFacts,
    merge: MemberMerge,
    survivor: MemberFacts,
    merged: MemberFacts,
    *,
    actor: Actor,
    at: datetime,
    business_date: date,
) -> None:
    """Take the merged record's figures out again, and the tier that the merge brought unless it moved since."""
    figures = figures_without(survivor.tier_figures, merged.tier_figures)
    columns: dict[str, Any] = {
        "tier_spend_amount": figures.spend_amount,
        "tier_points": figures.points,
        "tier_visits": figures.visits,
    }
    moves = TierMove.objects.filter(merchant_id=merchant.id, member_id=survivor.id).order_by("-id")
    newest = moves.first()
    if newest is not None and (newest.cause, newest.at) == (TierCause.MERGE.value, merge.at) and merge.tier_before_id:
        columns |= {"tier_id": merge.tier_before_id, "tier_since_on": business_date, "tier_protected_until": None}
        _write_move(
            merchant,
            survivor.id,
            newest.to_tier_id,
            merge.tier_before_id,
            actor=actor,
            at=at,
            business_date=business_date,
        )
    Member.objects.filter(merchant_id=merchant.id, id=survivor.id).update(**columns)


def _write_move(
    merchant: MerchantFacts,
    member_id: UUID,
    from_id: UUID | None,
    to_id: UUID,
    *,
    actor: Actor,
    at: datetime,
    business_date: date,
) -> None:
    TierMove.objects.create(
        merchant_id=merchant.id,
        member_id=member_id,
        from_tier_id=from_id,
        to_tier_id=to_id,
        at=at,
        business_date=business_date,
        cause=TierCause.MERGE.value,
        actor_id=actor.user_id,
    )


def _newest_consents(
    merchant: MerchantFacts, member_id: UUID, *, before: datetime | None = None
) -> dict[tuple[str, str], Consent]:
    rows = Consent.objects.filter(merchant_id=merchant.id, member_id=member_id).order_by("seq")
    if before is not None:
        rows = rows.filter(at__lt=before)
    return {(row.topic, row.channel): row for row in rows}


def take_newer_consents(
    merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, *, actor: Actor, at: datetime
) -> None:
    """Repeat for the survivor what the merged record said later; an older word changes nothing."""
    ours = _newest_consents(merchant, survivor_id)
    for about, theirs in sorted(_newest_consents(merchant, merged_id).items()):
        if about not in ours or ours[about].at < theirs.at:
            _repeat_consent(merchant, survivor_id, theirs, granted=theirs.granted, actor=actor, at=at)


def restore_consents(
    merchant: MerchantFacts, survivor_id: UUID, merge: MemberMerge, *, actor: Actor, at: datetime
) -> None:
    """Say again what the survivor had said before the merge, where the merge said otherwise and no one since."""
    before = _newest_consents(merchant, survivor_id, before=merge.at)
    for about, now in sorted(_newest_consents(merchant, survivor_id).items()):
        if now.at == merge.at:
            was = before.get(about)
            _repeat_consent(
                merchant, survivor_id, was or now, granted=was is not None and was.granted, actor=actor, at=at
            )


def _repeat_consent(
    merchant: MerchantFacts, member_id: UUID, said: Consent, *, granted: bool, actor: Actor, at: datetime
) -> None:
    with suppress(GuardianNeeded):  # a child's yes counts for no record without the word of a parent or guardian
        set_consent(
            merchant=merchant,
            member_id=member_id,
            granted=granted,
            source=ConsentSource(said.source),
            at=at,
            topic=Topic(said.topic),
            channel=Channel(said.channel),
            text_version=said.text_version,
            actor=actor,
        )
