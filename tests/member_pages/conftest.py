"""A shop with its program, one member, and the stranger's shop beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.ids import new_id
from enrolment.operations import enrol_member
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import lock_account, post
from member_pages.throttle import join_throttle
from members.facts import EnrolDraft, MemberFacts
from members.queries import card_token, member, unsubscribe_token
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from onboarding.operations import open_merchant


def open_shop(name: str, *, language: str = "id") -> MerchantFacts:
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        return open_merchant(
            merchant_id=merchant_id,
            name=name,
            owner_name="Ibu Ratna",
            email=f"{merchant_id}@example.com",
            password=None,
            at=timezone.now(),
            language=language,
        ).merchant


@dataclass
class CardHolder:
    """A member and the links that reach their pages."""

    merchant: MerchantFacts
    id: UUID
    number: str
    token: str
    stop_token: str

    def url(self, page: str = "card", **query: str) -> str:
        token = self.stop_token if page == "unsubscribe" else self.token
        return reverse(f"member_pages:{page}", args=[self.merchant.slug, token], query=query or None)

    def now(self) -> MemberFacts:
        with merchant_scope(self.merchant.id):
            return member(merchant=self.merchant, member_id=self.id)


def enrol(merchant: MerchantFacts, **fields: Any) -> CardHolder:
    draft = EnrolDraft(**{"name": "Budi Santoso", "phone": "0812 3456 7890", **fields})
    with merchant_scope(merchant.id):
        found = enrol_member(merchant=merchant, draft=draft, at=timezone.now())
        return CardHolder(
            merchant=merchant,
            id=found.id,
            number=found.number,
            token=card_token(merchant=merchant, member_id=found.id),
            stop_token=unsubscribe_token(merchant=merchant, member_id=found.id),
        )


def earn(person: CardHolder, points: int, *, expires_on: date | None = None, reference: str = "INV-1") -> None:
    merchant, at = person.merchant, timezone.now()
    today = merchant.day_of(at)
    posting = Posting(
        kind=EntryKind.EARN,
        unit=Unit.POINTS,
        change=points,
        source_kind="sale",
        source_id=new_id(),
        reference=reference,
        note="for staff only",
        lot=LotDraft(amount=points, available_on=today, expires_on=expires_on, earned_at=at),
    )
    with merchant_scope(merchant.id):
        account = lock_account(merchant=merchant, owner_id=person.id, unit=Unit.POINTS, business_date=today, at=at)
        post(merchant=merchant, account=account, postings=[posting], at=at, business_date=today)


@pytest.fixture
def shop(db: None) -> MerchantFacts:
    return open_shop("Kopi Pagi")


@pytest.fixture
def stranger(db: None) -> MerchantFacts:
    return open_shop("Roti Sore")


@pytest.fixture
def budi(shop: MerchantFacts) -> CardHolder:
    return enrol(shop, email="budi.santoso@gmail.com", promo_consent=True)


@pytest.fixture
def reader() -> Client:
    """Return a phone's browser set to English, cookies and CSRF checks included."""
    return Client(enforce_csrf_checks=True, headers={"accept-language": "en"})


@pytest.fixture(autouse=True)
def fresh_throttle() -> Iterator[None]:
    join_throttle.cache_clear()
    join_throttle().forget()
    yield
    join_throttle().forget()
