"""Tiers and their history, cards, consents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from members.facts import (
    CardFacts,
    Channel,
    ConsentFacts,
    ConsentMethod,
    ConsentSource,
    DownPolicy,
    StopReason,
    TierCause,
    TierFacts,
    TierMeasure,
    TierMoveFacts,
    TierProgramFacts,
    Topic,
)
from members.models import Card, Consent, Tier, TierMove, TierProgram
from merchants.facts import MerchantFacts


def tiers(*, merchant: MerchantFacts) -> list[TierFacts]:
    """Return the ladder in ascending rank."""
    rows = Tier.objects.filter(merchant_id=merchant.id).order_by("rank")
    return [TierFacts(t.id, t.code, t.name, t.rank, TierMeasure(t.measure), t.threshold) for t in rows]


def tier_program(*, merchant: MerchantFacts) -> TierProgramFacts:
    """Return how tiers are held; the defaults where the merchant has set nothing."""
    row = TierProgram.objects.filter(merchant_id=merchant.id).first()
    if row is None:
        return TierProgramFacts()
    return TierProgramFacts(row.window_days, DownPolicy(row.down_policy), row.keep_days)


def tier_moves(
    *, merchant: MerchantFacts, member_id: UUID, until: datetime | None = None, limit: int = 100
) -> list[TierMoveFacts]:
    """Return moves up and down, newest first; with `until` those of then or before."""
    codes = {tier.id: tier.code for tier in tiers(merchant=merchant)}
    rows = TierMove.objects.filter(merchant_id=merchant.id, member_id=member_id)
    if until is not None:
        rows = rows.filter(at__lte=until)
    return [
        TierMoveFacts(
            id=row.id,
            at=row.at,
            business_date=row.business_date,
            from_code=codes[row.from_tier_id] if row.from_tier_id else None,
            to_code=codes[row.to_tier_id],
            cause=TierCause(row.cause),
            measured=row.measured,
            actor_id=row.actor_id,
            reason=row.reason,
        )
        for row in rows.order_by("-at", "-id")[:limit]
    ]


def tier_code_at(*, merchant: MerchantFacts, member_id: UUID, at: datetime, now: str | None) -> str | None:
    """Return the code of the tier that the member had at `at`, None for no tier; `now` is that of today."""
    moves = TierMove.objects.filter(merchant_id=merchant.id, member_id=member_id, at__gt=at).order_by("at", "id")
    since = moves.values_list("from_tier__code", flat=True)[:1]
    return next(iter(since), now)


def cards(*, merchant: MerchantFacts, member_id: UUID) -> list[CardFacts]:
    """Return all cards the member ever had, waiting ones too, newest first."""
    rows = Card.objects.filter(merchant_id=merchant.id, member_id=member_id).order_by("-issued_at", "-id")
    return [
        CardFacts(
            id=row.id,
            number=row.number,
            issued_at=row.issued_at,
            confirmed_at=row.confirmed_at,
            shown_name=row.shown_name,
            revoked_at=row.revoked_at,
            revoked_reason=row.revoked_reason,
        )
        for row in rows
    ]


def consents(*, merchant: MerchantFacts, member_id: UUID) -> list[ConsentFacts]:
    """Return the history with its proof, newest first; the first row of a topic and channel is the state now."""
    rows = Consent.objects.filter(merchant_id=merchant.id, member_id=member_id).order_by("-seq")
    return [
        ConsentFacts(
            id=row.id,
            at=row.at,
            topic=Topic(row.topic),
            channel=Channel(row.channel),
            granted=row.granted,
            source=ConsentSource(row.source),
            text_version=row.text_version,
            actor_id=row.actor_id,
            reason=StopReason(row.reason) if row.reason else None,
            actor_label=row.actor_label,
            method=ConsentMethod(row.method) if row.method else None,
            said_on=row.said_on,
        )
        for row in rows
    ]
