"""Member rows and the facts made of them; `members.operations` reads its rows here too."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import QuerySet, Subquery
from django.db.models.functions import JSONObject

from common.errors import Missing
from members.facts import (
    MemberFacts,
    MemberSource,
    MemberStatus,
    TierFacts,
    TierFigures,
    TierMeasure,
    TierProgrammeFacts,
)
from members.models import Member, Tier, TierProgramme
from members.rules import next_tier
from merchants.facts import MerchantFacts


class MemberNotFound(Missing):
    """This merchant has no such member; another merchant's member looks exactly the same."""

    code = "member_not_found"


def with_ladder(rows: QuerySet[Member], merchant: MerchantFacts) -> QuerySet[Member]:
    """The rows with the ladder and the window beside them, so that their facts need no further statement."""
    ladder = Tier.objects.filter(merchant_id=merchant.id).order_by("rank")
    columns = JSONObject(id="id", code="code", name="name", rank="rank", measure="measure", need="need")
    window = TierProgramme.objects.filter(merchant_id=merchant.id).values("window_days")[:1]
    return rows.annotate(ladder_rows=ArraySubquery(ladder.values(row=columns)), ladder_window=Subquery(window))


def member_rows(merchant: MerchantFacts) -> QuerySet[Member]:
    """All rows of the merchant, merged ones included, ready for `facts_of`."""
    return with_ladder(Member.objects.filter(merchant_id=merchant.id), merchant)


def survivor(merchant: MerchantFacts, row: Member | None, *, lock: bool = False) -> MemberFacts:
    """Facts of the row or, when it was merged away, of the member it was merged into. Raises MemberNotFound."""
    while row is not None and row.merged_into_id is not None:
        rows = member_rows(merchant).filter(id=row.merged_into_id)
        row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise MemberNotFound
    return facts_of(row)


def facts_of(row: Member) -> MemberFacts:
    """Facts of a row read through `with_ladder`."""
    ladder = tuple(_tier_of(columns) for columns in row.ladder_rows)  # type: ignore[attr-defined]
    window_days = row.ladder_window or TierProgrammeFacts().window_days  # type: ignore[attr-defined]
    tier = next((t for t in ladder if t.id == row.tier_id), None)
    figures = TierFigures(row.tier_spend_amount, row.tier_points, row.tier_visits, row.tier_counted_since_on)
    return MemberFacts(
        id=row.id,
        number=row.number,
        status=MemberStatus(row.status),
        name=row.name,
        phone=row.phone,
        email=row.email,
        birth_date=row.birth_date,
        joined_at=row.joined_at,
        joined_on=row.joined_on,
        source=MemberSource(row.source),
        outlet_id=row.outlet_id,
        language=row.language,
        attributes=row.attributes,
        notes=row.notes,
        segment=row.segment,
        referral_code=row.referral_code,
        referred_by_id=row.referred_by_id,
        external_ref=row.external_ref,
        promo_email=row.promo_email,
        first_purchase_at=row.first_purchase_at,
        last_purchase_at=row.last_purchase_at,
        purchase_count=row.purchase_count,
        spend_amount=row.spend_amount,
        tier=tier,
        tier_since_on=row.tier_since_on,
        tier_protected_until=row.tier_protected_until,
        tier_figures=figures,
        next_tier=next_tier(tier, figures, ladder, window_days),
        ladder=ladder,
        tier_window_days=window_days,
    )


def _tier_of(columns: dict[str, str | int]) -> TierFacts:
    return TierFacts(
        id=UUID(str(columns["id"])),
        code=str(columns["code"]),
        name=str(columns["name"]),
        rank=int(columns["rank"]),
        measure=TierMeasure(str(columns["measure"])),
        need=int(columns["need"]),
    )
