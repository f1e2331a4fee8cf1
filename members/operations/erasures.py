"""A member is erased: every personal column is emptied, and nothing finds them any more; the row stays for figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain, count
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q

from common import secrets
from common.errors import Missing
from common.named_rows import empty_words, rows_naming, without_texts
from members.facts import DataRequestFacts, DataRequestKind, MemberStatus, WhatWasDone
from members.models import (
    AwaitedMember,
    Card,
    DataRequest,
    FormerContact,
    Guardian,
    Member,
    MemberTag,
    Tag,
    TierMove,
    VerificationCode,
    WaitingCardShown,
)
from members.operations.awaited import hash_awaited_contacts
from members.operations.data_requests import NotDoneByHand, lock_data_request, write_done
from members.operations.purchases import lock_member
from members.queries.data_requests import members_written_of
from members.rules import new_member_number
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit

ERASED: Final = "erased"
"""Why the cards of an erased member are ended."""
_EMPTY: Final[dict[str, Any]] = {
    "name": "",
    "phone": None,
    "email": None,
    "email_key": None,
    "birth_date": None,
    "birth_date_changed_on": None,
    "area": "",
    "attributes": {},
    "notes": "",
    "external_ref": None,
    "joined_device_hash": None,
    "household_of_id": None,
    "shares_wallet": False,
}


def lock_erasure(*, merchant: MerchantFacts, request_id: UUID) -> DataRequest:
    """Lock an open request for erasure behind its member.

    Raises DataRequestNotFound, DataRequestClosed, NotDoneByHand for a request of another kind.
    """
    row = lock_data_request(merchant=merchant, request_id=request_id)
    if row.kind != DataRequestKind.ERASURE.value:
        raise NotDoneByHand
    return row


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """Empty what is personal of the member, and of rows that were merged into them.

    The member number and the code for friends become new random ones, so that what is printed or sent finds no one.
    Consent must be withdrawn before, and other apps forget before: they look the address up.
    """
    found = lock_member(merchant=merchant, member_id=member_id)
    rows = Member.objects.filter(merchant_id=merchant.id).filter(Q(id=found.id) | Q(merged_into_id=found.id))
    ids = list(rows.order_by("id").values_list("id", flat=True))
    hashes = hash_awaited_contacts(merchant=merchant, phone=found.phone, email=found.email)
    waits = Q(member_id__in=ids) | Q(contact_hash__in=hashes)
    AwaitedMember.objects.filter(waits, merchant_id=merchant.id).delete()
    for table in (VerificationCode, WaitingCardShown, MemberTag):
        table.objects.filter(merchant_id=merchant.id, member_id__in=ids).delete()
    TierMove.objects.filter(merchant_id=merchant.id, member_id__in=ids).exclude(reason="").update(reason="")
    DataRequest.objects.filter(merchant_id=merchant.id, member_id__in=ids).exclude(note="").update(note="")
    Guardian.objects.filter(merchant_id=merchant.id, member_id__in=ids).exclude(name="").update(name="")
    _forget_cards(merchant, ids, at=at)
    Member.objects.filter(merchant_id=merchant.id, household_of_id__in=ids).update(household_of_id=None)
    for row_id in ids:
        own = {"number": new_member_number(), "referral_code": secrets.new_typed_code()}
        rows.filter(id=row_id).update(**_EMPTY, **own)
    rows.filter(id=found.id).update(status=MemberStatus.ERASED.value, erased_at=at)
    # Only now: a contact that was given up is kept for as long as its member is.
    FormerContact.objects.filter(merchant_id=merchant.id, member_id__in=ids).delete()


def _forget_cards(merchant: MerchantFacts, member_ids: list[UUID], *, at: datetime) -> None:
    """End every card, and drop what its QR showed and the number that was printed on it."""
    cards = Card.objects.filter(merchant_id=merchant.id, member_id__in=member_ids)
    cards.filter(revoked_at__isnull=True).update(revoked_at=at, revoked_reason=ERASED, shown_name="")
    cards.update(token_encrypted=b"")
    for card_id in cards.exclude(number="").values_list("id", flat=True):
        cards.filter(id=card_id).update(number=new_member_number())


def forget_words(*, merchant: MerchantFacts, texts: Sequence[str]) -> None:
    """Take a person who is erased out of what was written about other members.

    Reasons and notes of single actions are emptied. Of what a store keeps about a member - notes, own fields, the words
    of tags - only the name goes. Who agreed for a child stays: it is the child's proof.
    """
    empty_words(TierMove, merchant_id=merchant.id, columns=["reason"], texts=texts)
    empty_words(DataRequest, merchant_id=merchant.id, columns=["note"], texts=texts)
    _forget_in_profiles(merchant, texts)
    for tag in rows_naming(Tag, merchant_id=merchant.id, columns=["name"], texts=texts).order_by("id"):
        _rename_tag(merchant, tag, without_texts(tag.name, texts))


def _forget_in_profiles(merchant: MerchantFacts, texts: Sequence[str]) -> None:
    # Their rows were locked with the member's own, in the order of ids (`people.operations.erase_member`).
    for member_id in members_written_of(merchant=merchant, texts=texts):
        row = Member.objects.select_for_update(of=("self",)).get(merchant_id=merchant.id, id=member_id)
        own = {name: without_texts(value, texts) for name, value in row.attributes.items() if isinstance(value, str)}
        Member.objects.filter(merchant_id=merchant.id, id=row.id).update(
            notes=without_texts(row.notes, texts), attributes={**row.attributes, **own}
        )


def _rename_tag(merchant: MerchantFacts, tag: Tag, name: str) -> None:
    """Give the tag a name that no other has; a number tells two of one name apart."""
    taken = set(Tag.objects.filter(merchant_id=merchant.id).values_list("name", flat=True))
    names = chain([name], (f"{name} {number}" for number in count(2)))
    free = next(one for one in names if one not in taken)
    Tag.objects.filter(merchant_id=merchant.id, id=tag.id).update(name=free)


def close_erasure(*, merchant: MerchantFacts, row: DataRequest, actor: Actor, at: datetime) -> DataRequestFacts:
    """Close the request for erasure: it was done."""
    return write_done(merchant=merchant, row=row, done=WhatWasDone.ERASED, note="", actor=actor, at=at)


def record_erasure(*, merchant: MerchantFacts, member_id: UUID, actor: Actor, at: datetime) -> None:
    """Leave the audit entry of an erasure: who did it, and nothing of whom."""
    if not Member.objects.filter(merchant_id=merchant.id, id=member_id, erased_at=F("erased_at")).exists():
        raise Missing("member_not_found")
    record_audit(merchant=merchant, actor=actor, action="member.erased", at=at, subject=("member", member_id))
