"""People who paid under a number or an address that no member has: kept as a hash until they join, 30 days at most.

A person who joins and a sale that finds no one must not miss each other. A sale that finds no one takes the merchant's
lock alone and looks again; people who join, or are given a contact, share the lock with others who do and look for
waiting sales once their row is written. So one of both sees the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.emails import email_key
from common.ids import new_id
from common.rows import insert_rows
from common.secrets import keyed_hash
from members.models import AwaitedMember
from members.queries.lookups import region_of_merchant
from members.rules import Identifier, IdentifierKind, read_identifier
from merchants.facts import MerchantFacts
from merchants.operations import enqueue_event

AWAITED_EVENT: Final = "member.awaited"
"""A member has a contact under which sales were paid before any member had it: they are given the sales."""
AWAITED_FOR: Final = timedelta(days=30)
_LOCK: Final = "SELECT pg_advisory_xact_lock{shared}(hashtextextended(%s, 0))"
_CONTACTS: Final = frozenset({IdentifierKind.PHONE, IdentifierKind.EMAIL})


def lock_joining(*, merchant: MerchantFacts, is_alone: bool = False) -> None:
    """Hold the lock of joining until this transaction ends: together with others who join, or alone."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format(shared="" if is_alone else "_shared"), [f"joining {merchant.id}"])


def await_member(*, merchant: MerchantFacts, identifier: str, sale_id: UUID, at: datetime) -> None:
    """Keep what a sale was paid under, if it is a phone or an e-mail; no member has it, and the lock is held alone."""
    contacts = [one for one in read_identifier(identifier, region_of_merchant(merchant)) if one.kind in _CONTACTS]
    rows = [
        AwaitedMember(
            merchant_id=merchant.id,
            id=new_id(),
            sale_id=sale_id,
            kind=contact.kind.value,
            contact_hash=_hash_contact(merchant, contact),
            noted_at=at,
        )
        for contact in contacts
    ]
    if rows:
        insert_rows(AwaitedMember, rows)


_MEET: Final = """
    UPDATE members_awaitedmember a SET member_id = came.member_id
    FROM unnest(%(hashes)s::bytea[], %(members)s::uuid[]) AS came (contact_hash, member_id)
    WHERE a.merchant_id = %(merchant)s AND a.contact_hash = came.contact_hash AND a.member_id IS NULL
    RETURNING a.member_id"""


def meet_awaited(*, merchant: MerchantFacts, contacts: Mapping[UUID, Mapping[str, str | None]], at: datetime) -> None:
    """Ask for the sales that wait for these members to be given to them; contacts by member, then by kind.

    The lock of joining is shared, and the members' rows are written. One statement where nothing waits.
    """
    came = [
        (_hash_contact(merchant, Identifier(IdentifierKind(kind), contact)), member_id)
        for member_id, mine in contacts.items()
        for kind, contact in mine.items()
        if contact
    ]
    if not came:
        return
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "hashes": [contact_hash for contact_hash, _ in came],
        "members": [member_id for _, member_id in came],
    }
    with connection.cursor() as cursor:
        cursor.execute(_MEET, values)
        met = {row[0] for row in cursor.fetchall()}
    for member_id in sorted(met):
        enqueue_event(merchant=merchant, kind=AWAITED_EVENT, subject_id=member_id, at=at)


def forget_awaited_sale(*, merchant: MerchantFacts, sale_id: UUID) -> None:
    """Forget under what the sale was paid: it has its member, or can have none any more."""
    AwaitedMember.objects.filter(merchant_id=merchant.id, sale_id=sale_id).delete()


def forget_old_awaited(*, merchant: MerchantFacts, now: datetime) -> int:
    """Forget who did not join within 30 days; return how many contacts there were."""
    old = AwaitedMember.objects.filter(merchant_id=merchant.id, member_id__isnull=True, noted_at__lt=now - AWAITED_FOR)
    return old.delete()[0]


def hash_awaited_contacts(*, merchant: MerchantFacts, phone: str | None, email: str | None) -> list[bytes]:
    """Return by what a sale that was paid under these contacts would be waiting."""
    given = [(IdentifierKind.PHONE, phone), (IdentifierKind.EMAIL, email_key(email) if email else None)]
    return [_hash_contact(merchant, Identifier(kind, value)) for kind, value in given if value]


def _hash_contact(merchant: MerchantFacts, contact: Identifier) -> bytes:
    """Return 32 bytes of a contact in the form in which members are looked up by it."""
    return keyed_hash(merchant.id, f"awaited:{contact.kind.value}:{contact.value}")
