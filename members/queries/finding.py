"""One member: by id, by what a cashier types or scans, by card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Value

from common import secrets
from members.facts import ContactFacts, MemberFacts, MemberStatus
from members.models import Card, Member
from members.queries.rows import MemberNotFound, facts_of, member_rows, survivor
from members.rules import Identifier, IdentifierKind, read_identifier, region_of
from merchants.facts import MerchantFacts


def member(*, merchant: MerchantFacts, member_id: UUID) -> MemberFacts:
    """A merged id answers with its survivor. Raises MemberNotFound. One statement; one more for a merged id."""
    return survivor(merchant, member_rows(merchant).filter(id=member_id).first())


def find_member(*, merchant: MerchantFacts, identifier: str) -> MemberFacts:
    """By phone in any form, member or card number, QR token (or the card's link), or e-mail. Raises MemberNotFound."""
    return member(merchant=merchant, member_id=find_member_id(merchant=merchant, identifier=identifier))


def find_member_id(*, merchant: MerchantFacts, identifier: str) -> UUID:
    """The id alone, in one statement, for a caller that locks the row next. Raises MemberNotFound."""
    ids = ids_matching(merchant, read_identifier(identifier, region_of_merchant(merchant)))
    if not ids:
        raise MemberNotFound
    return ids[0]


def member_by_card_token(*, merchant: MerchantFacts, token: str) -> MemberFacts:
    """The holder of a valid card. Raises MemberNotFound for unknown and revoked tokens alike."""
    ids = ids_matching(merchant, [Identifier(IdentifierKind.TOKEN, token)])
    if not ids:
        raise MemberNotFound
    return member(merchant=merchant, member_id=ids[0])


def member_by_referral_code(*, merchant: MerchantFacts, code: str) -> MemberFacts:
    """Raises MemberNotFound."""
    written = secrets.normalise_code(code)
    if not written.isalnum():
        raise MemberNotFound
    return survivor(merchant, member_rows(merchant).filter(referral_code=written).first())


def members_by_id(*, merchant: MerchantFacts, member_ids: Sequence[UUID]) -> dict[UUID, MemberFacts]:
    """Facts by the id that was asked for (merged ids answer with the survivor); unknown ids are left out."""
    rows = list(member_rows(merchant).filter(id__in=list(member_ids)).order_by("id"))
    found = {row.id: facts_of(row) for row in rows if row.merged_into_id is None}
    merged = {row.id: row.merged_into_id for row in rows if row.merged_into_id is not None}
    if merged:
        survivors = members_by_id(merchant=merchant, member_ids=list(merged.values()))
        found |= {old: survivors[new] for old, new in merged.items() if new in survivors}
    return found


def contacts(*, merchant: MerchantFacts, member_ids: Sequence[UUID]) -> dict[UUID, ContactFacts]:
    """Name, address and consent as they are now, for a mailer about to write to them; merged rows say so."""
    columns = ("id", "status", "name", "email", "language", "promo_email")
    rows = Member.objects.filter(merchant_id=merchant.id, id__in=list(member_ids)).order_by("id").values_list(*columns)
    return {row[0]: ContactFacts(row[0], MemberStatus(row[1]), *row[2:]) for row in rows}


def region_of_merchant(merchant: MerchantFacts) -> str:
    """The country whose form local phone numbers have."""
    return region_of(timezone=merchant.timezone, currency=merchant.currency)


def ids_matching(merchant: MerchantFacts, identifiers: Sequence[Identifier]) -> list[UUID]:
    """Ids of members in the order of the identifiers that found them; one statement over unique indexes."""
    lookups = [lookup for found in identifiers for lookup in _lookups(merchant, found)]
    if not lookups:
        return []
    numbered = [lookup.annotate(place=Value(place)).order_by() for place, lookup in enumerate(lookups)]
    rows: Any = numbered[0].union(*numbered[1:], all=True) if len(numbered) > 1 else numbered[0]
    return list(dict.fromkeys(row["found_id"] for row in rows.order_by("place")))


def _lookups(merchant: MerchantFacts, found: Identifier) -> list[QuerySet[Any, Any]]:
    own = Member.objects.filter(merchant_id=merchant.id).values(found_id=F("id"))
    held = Card.objects.filter(merchant_id=merchant.id, revoked_at__isnull=True).values(found_id=F("member_id"))
    match found.kind:
        case IdentifierKind.NUMBER:
            return [own.filter(number=found.value), held.filter(number=found.value)]
        case IdentifierKind.TOKEN:
            return [held.filter(token_hash=secrets.keyed_hash(merchant.id, found.value))]
        case IdentifierKind.EMAIL:
            return [own.filter(email_key=found.value)]
        case IdentifierKind.PHONE:
            return [own.filter(phone=found.value)]
