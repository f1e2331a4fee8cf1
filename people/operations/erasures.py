"""A person is erased in every app: what is personal goes, counts, money and the book stay under the surrogate id."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from campaigns import operations as campaigns
from ledger import operations as ledger
from members import operations as members
from members.facts import ConsentSource, DataRequestFacts, Topic
from members.queries import (
    MemberNotFound,
    codes_of_person,
    data_request,
    due_erasures,
    members_written_of,
    open_erasure,
    records_of_person,
)
from members.rules import identifying_texts
from members.wording import CONSENT_CHANNELS
from merchants import operations as merchants
from merchants.facts import SYSTEM, Actor, MerchantFacts
from merchants.tenancy import refusable
from messaging import operations as messaging
from messaging.facts import SuppressionReason
from people.operations.breaches import forget_words
from people.operations.erasure_journal import note_erasure
from rewards.catalogue import operations as catalogue
from rewards.coupons import operations as coupons
from rewards.gift_cards import operations as gift_cards
from rewards.referrals import operations as referrals
from sales import operations as sales

FILES_OF_MEMBERS: Final = ("audit_export", "ledger_export", "members_export", "members_tag", "person_file")
"""Kinds of jobs that hold members or what was written about them, in their file or in what they were asked for."""
ERASED_AFTER: Final = timedelta(days=7)
"""How long a member may take a request for erasure back; the night after it erases."""


def erase_member(*, merchant: MerchantFacts, request_id: UUID, actor: Actor, at: datetime) -> DataRequestFacts:
    """Erase the member who asked for it, in one transaction, and close the request.

    Raises DataRequestNotFound, DataRequestClosed, NotDoneByHand, and StillHeld while a till has set points aside.
    """
    _lock_people(merchant, data_request(merchant=merchant, request_id=request_id).member_id)
    row = members.lock_erasure(merchant=merchant, request_id=request_id)
    _erase_everywhere(merchant, row.member_id, actor=actor, at=at)
    return members.close_erasure(merchant=merchant, row=row, actor=actor, at=at)


def erase_due_members(*, merchant: MerchantFacts, at: datetime) -> int:
    """Erase those whose time to take it back is over; whose points are held at a till waits for the next night."""
    erased = 0
    for request_id in due_erasures(merchant=merchant, recorded_before=at - ERASED_AFTER):
        try:
            with refusable():
                erase_member(merchant=merchant, request_id=request_id, actor=SYSTEM, at=at)
        except ledger.StillHeld:
            continue
        erased += 1
    return erased


def erase_again(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> bool:
    """Erase a member whom the journal has as erased and a restored database still knows; return whether it did."""
    _lock_people(merchant, member_id)
    try:
        found = members.lock_member(merchant=merchant, member_id=member_id)
    except MemberNotFound:
        return False
    asked = open_erasure(merchant=merchant, member_id=found.id)
    if asked is not None:
        erase_member(merchant=merchant, request_id=asked, actor=SYSTEM, at=at)
    else:
        _erase_everywhere(merchant, found.id, actor=SYSTEM, at=at)
    return True


def _lock_people(merchant: MerchantFacts, member_id: UUID) -> None:
    """Lock the member and those whose notes name them, in the order of ids, before anything else is locked."""
    texts = _texts_of(merchant, member_id, records_of_person(merchant=merchant, member_id=member_id).values())
    named = members_written_of(merchant=merchant, texts=texts)
    members.lock_members(merchant=merchant, member_ids=[member_id, *named])


def _erase_everywhere(merchant: MerchantFacts, member_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Call every app's own `forget_member`: those that look an address up first, who the member is last."""
    found = members.lock_member(merchant=merchant, member_id=member_id)
    records = records_of_person(merchant=merchant, member_id=found.id)
    texts = _texts_of(merchant, found.id, records.values())
    for channel in sorted(set(CONSENT_CHANNELS.values())):
        members.withdraw_consent(
            merchant=merchant, member_id=found.id, source=ConsentSource.STAFF, at=at, topic=Topic.PROMO, channel=channel
        )
    for _, _, email in records.values():
        if email:
            messaging.suppress_address(
                merchant=merchant, email=email, reason=SuppressionReason.ERASED, at=at, actor=actor
            )
    for one in records:
        messaging.forget_member(merchant=merchant, member_id=one, at=at)
        campaigns.forget_member(merchant=merchant, member_id=one, at=at)
        coupons.forget_member(merchant=merchant, member_id=one, at=at)
        catalogue.forget_member(merchant=merchant, member_id=one, at=at)
        gift_cards.forget_member(merchant=merchant, member_id=one, at=at)
        referrals.forget_member(merchant=merchant, member_id=one, at=at)
        sales.forget_member(merchant=merchant, member_id=one, at=at)
        ledger.forget_member(merchant=merchant, member_id=one, at=at, business_date=merchant.day_of(at))
    merchants.forget_member(
        merchant=merchant, member_ids=list(records), texts=texts, name=found.name, files=FILES_OF_MEMBERS, at=at
    )
    for room in (catalogue, gift_cards, referrals, sales, ledger, members):
        room.forget_words(merchant=merchant, texts=texts)
    forget_words(merchant=merchant, texts=texts)
    members.forget_member(merchant=merchant, member_id=found.id, at=at)
    members.record_erasure(merchant=merchant, member_id=found.id, actor=actor, at=at)
    note_erasure(merchant_id=merchant.id, member_id=found.id, at=at)


def _texts_of(
    merchant: MerchantFacts, member_id: UUID, records: Iterable[tuple[str, str | None, str | None]]
) -> list[str]:
    """Return what names the person, of every record that was theirs."""
    texts = list(identifying_texts(others=codes_of_person(merchant=merchant, member_id=member_id)))
    for name, phone, email in records:
        texts += identifying_texts(name=name, phone=phone, email=email)
    return list(dict.fromkeys(texts))
