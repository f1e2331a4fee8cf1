"""One member: by id, by what a cashier types or scans, by card."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from django.db import connection

from common import secrets
from members.facts import ContactFacts, MemberFacts, MemberStatus, ShownCard
from members.models import Card, Member
from members.queries.rows import IdentifierUnknown, MemberNotFound, facts_of, read_member, with_ladder
from members.rules import Identifier, IdentifierKind, read_identifier, region_of
from merchants.facts import MerchantFacts


def member(*, merchant: MerchantFacts, member_id: UUID, even_erased: bool = False) -> MemberFacts:
    """Return the member; a merged id answers with its survivor, in one statement more. Raises MemberNotFound.

    An erased member is found only where their receipts are shown (`even_erased`).
    """
    return read_member(merchant, member_id, even_erased=even_erased)


def find_member(*, merchant: MerchantFacts, identifier: str) -> MemberFacts:
    """Find by phone in any form, member or card number, QR token (or link), or e-mail. Raises MemberNotFound."""
    return member(merchant=merchant, member_id=find_member_id(merchant=merchant, identifier=identifier))


def find_member_id(*, merchant: MerchantFacts, identifier: str) -> UUID:
    """Find the id alone, in one statement, for a caller that locks the row next. Raises MemberNotFound."""
    return find_shown(merchant=merchant, identifier=identifier).member_id


def find_shown(*, merchant: MerchantFacts, identifier: str) -> ShownCard:
    """Find the id, and whether a waiting card found it; one statement. Raises IdentifierUnknown, a MemberNotFound."""
    found = _matching_cards(merchant, read_identifier(identifier, region_of_merchant(merchant)))
    if not found:
        raise IdentifierUnknown
    return found[0]


def member_by_card_token(*, merchant: MerchantFacts, token: str) -> MemberFacts:
    """Return the holder of the card in force. Raises MemberNotFound for unknown, revoked and waiting tokens alike."""
    found = _matching_cards(merchant, [Identifier(IdentifierKind.TOKEN, token)])
    if not found or found[0].is_waiting:
        raise MemberNotFound
    return member(merchant=merchant, member_id=found[0].member_id)


def waiting_name(*, merchant: MerchantFacts, token: str) -> str | None:
    """Return the name that was typed where this card was made, while it waits; None for every other token."""
    rows = Card.objects.filter(
        merchant_id=merchant.id,
        token_hash=secrets.keyed_hash(merchant.id, token),
        revoked_at__isnull=True,
        confirmed_at__isnull=True,
    )
    return rows.values_list("shown_name", flat=True).first()


def member_by_referral_code(*, merchant: MerchantFacts, code: str) -> MemberFacts:
    """Return the member with this referral code. Raises MemberNotFound."""
    written = secrets.normalise_code(code)
    if not written.isalnum():
        raise MemberNotFound
    found = Member.objects.filter(merchant_id=merchant.id, referral_code=written).values_list("id", flat=True).first()
    if found is None:
        raise MemberNotFound
    return read_member(merchant, found)


def members_with_numbers(*, merchant: MerchantFacts, numbers: Collection[str]) -> set[str]:
    """Return which of the numbers are a member's own."""
    if not numbers:
        return set()
    held = Member.objects.filter(merchant_id=merchant.id, number__in=sorted(numbers))
    return set(held.order_by("number").values_list("number", flat=True))


def members_by_id(*, merchant: MerchantFacts, member_ids: Sequence[UUID]) -> dict[UUID, MemberFacts]:
    """Return facts by the id that was asked for (merged ids answer with the survivor); unknown ids are left out."""
    asked = Member.objects.filter(merchant_id=merchant.id, id__in=list(member_ids)).order_by("id")
    rows = list(with_ladder(asked, merchant))
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
    """Return the country whose form local phone numbers have."""
    return region_of(timezone=merchant.timezone, currency=merchant.currency)


_OWN: Final = "SELECT %s AS place, id, false FROM members_member WHERE merchant_id = %s AND "
_HELD: Final = (
    "SELECT %s AS place, member_id, confirmed_at IS NULL FROM members_card "
    "WHERE merchant_id = %s AND revoked_at IS NULL AND "
)
_LOOKUPS: Final = {
    IdentifierKind.NUMBER: (f"{_OWN} number = %s", f"{_HELD} number = %s"),
    IdentifierKind.TOKEN: (f"{_HELD} token_hash = %s",),
    IdentifierKind.EMAIL: (f"{_OWN} email_key = %s",),
    IdentifierKind.PHONE: (f"{_OWN} phone = %s",),
}


def ids_matching(merchant: MerchantFacts, identifiers: Sequence[Identifier]) -> list[UUID]:
    """Return member ids in the order of the identifiers that found them; one statement over unique indexes."""
    return list(dict.fromkeys(shown.member_id for shown in _matching_cards(merchant, identifiers)))


def _matching_cards(merchant: MerchantFacts, identifiers: Sequence[Identifier]) -> list[ShownCard]:
    statements: list[str] = []
    values: list[int | str | bytes | UUID] = []
    for found in identifiers:
        is_token = found.kind is IdentifierKind.TOKEN
        sought = secrets.keyed_hash(merchant.id, found.value) if is_token else found.value
        for lookup in _LOOKUPS[found.kind]:
            values += [len(statements), merchant.id, sought]
            statements.append(lookup)
    if not statements:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(statements)} ORDER BY place", values)
        return [ShownCard(member_id, is_waiting) for _, member_id, is_waiting in cursor.fetchall()]
