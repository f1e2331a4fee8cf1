"""Member rows and the facts made of them; `members.operations` reads its rows here too."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet, Subquery
from django.db.models.expressions import RawSQL

from common.errors import Missing
from members.facts import (
    MemberFacts,
    MemberSource,
    MemberStatus,
    TierFacts,
    TierFigures,
    TierMeasure,
    TierProgramFacts,
)
from members.models import Member, TierProgram
from members.rules import next_tier
from merchants.facts import MerchantFacts


class MemberNotFound(Missing):
    """This merchant has no such member; another merchant's member looks exactly the same."""

    code = "member_not_found"


class IdentifierUnknown(MemberNotFound):
    """No one has what was shown, typed or scanned. Tills are counted by it: a stolen key must not list the members."""


_FIELDS: Final = [field for field in Member._meta.concrete_fields if field.column]
_NAMES: Final = [field.attname for field in _FIELDS]
_ATTRIBUTES: Final = _NAMES.index("attributes")
_LADDER: Final = """(
    SELECT jsonb_agg(jsonb_build_array(t.id, t.code, t.name, t.rank, t.measure, t.threshold) ORDER BY t.rank)
    FROM members_tier t WHERE t.merchant_id = %s)"""
_IN_FORCE: Final = """EXISTS (
    SELECT FROM members_card c WHERE c.merchant_id = %s AND c.member_id = {member}
      AND c.revoked_at IS NULL AND c.confirmed_at IS NOT NULL)"""
# Written out because every sale runs it: built by the ORM it costs as much time as the rest of the sale's reads.
_MEMBER: Final = f"""
    SELECT {", ".join(f"m.{field.column}" for field in _FIELDS)}, {_LADDER.replace("%s", "%(merchant)s")},
        (SELECT p.window_days FROM members_tierprogram p WHERE p.merchant_id = %(merchant)s),
        {_IN_FORCE.format(member="m.id").replace("%s", "%(merchant)s")}
    FROM members_member m WHERE m.merchant_id = %(merchant)s AND m.id = %(id)s"""  # noqa: S608 - our own column names
_MEMBER_LOCKED: Final = f"{_MEMBER} FOR UPDATE OF m"


def read_member(
    merchant: MerchantFacts, member_id: UUID, *, lock: bool = False, even_erased: bool = False
) -> MemberFacts:
    """Read one member by id, or the survivor of a merged one; locked if asked for. Raises MemberNotFound.

    An erased member is found only by what ends something that was begun before (`even_erased`). One statement; one
    more for a merged id. Locking takes the member's own row only, tiers are read beside it.
    """
    row = _read_member_row(merchant, member_id, lock=lock)
    while row is not None and row.merged_into_id is not None:
        row = _read_member_row(merchant, row.merged_into_id, lock=lock)
    if row is None or (row.erased_at is not None and not even_erased):
        raise MemberNotFound
    return facts_of(row)


def with_ladder(rows: QuerySet[Member], merchant: MerchantFacts) -> QuerySet[Member]:
    """Return the rows with the ladder and the window beside them, so that their facts need no further statement."""
    window = TierProgram.objects.filter(merchant_id=merchant.id).values("window_days")[:1]
    in_force = _IN_FORCE.format(member=f"{Member._meta.db_table}.id")
    return rows.annotate(
        ladder_text=RawSQL(_LADDER, [merchant.id]),  # noqa: S611
        ladder_window=Subquery(window),
        card_in_force=RawSQL(in_force, [merchant.id]),  # noqa: S611
    )


def facts_of(row: Member) -> MemberFacts:
    """Return the facts of a row read through `with_ladder`."""
    ladder = _read_ladder(row.ladder_text or "[]")  # type: ignore[attr-defined]
    window_days = row.ladder_window or TierProgramFacts().window_days  # type: ignore[attr-defined]
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
        segment=None if row.restricted_at else row.segment,
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
        has_card_in_force=row.card_in_force,  # type: ignore[attr-defined]
        area=row.area,
        birth_date_changed_on=row.birth_date_changed_on,
        household_of_id=row.household_of_id,
        shares_wallet=row.shares_wallet,
        restricted_at=row.restricted_at,
    )


def _read_member_row(merchant: MerchantFacts, member_id: UUID, *, lock: bool) -> Member | None:
    with connection.cursor() as cursor:
        cursor.execute(_MEMBER_LOCKED if lock else _MEMBER, {"merchant": merchant.id, "id": member_id})
        found = cursor.fetchone()
    if found is None:
        return None
    *columns, ladder, window, in_force = found
    columns[_ATTRIBUTES] = json.loads(columns[_ATTRIBUTES])
    found = Member.from_db(DEFAULT_DB_ALIAS, _NAMES, columns)
    row: Any = found
    row.ladder_text, row.ladder_window, row.card_in_force = ladder, window, in_force
    return found


@lru_cache(maxsize=512)
def _read_ladder(text: str) -> tuple[TierFacts, ...]:
    """Read the ladder once: the text is the same for every member of a merchant."""
    return tuple(
        TierFacts(UUID(tier), code, name, rank, TierMeasure(measure), need)
        for tier, code, name, rank, measure, need in json.loads(text)
    )
