"""Two stores: the owner's, where a colleague works too, and a stranger's. All of them through real HTTP requests."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.ids import new_id
from enrolment.operations import enrol_member
from ledger.queries import balance
from members.facts import EnrolDraft, MemberFacts
from merchants.facts import SYSTEM, MerchantFacts, Permission, Role
from merchants.operations import add_staff, create_user
from merchants.queries import user_by_email
from merchants.rules import ROLE_PERMISSIONS
from merchants.tenancy import merchant_scope
from onboarding.operations import open_merchant
from segments.facts import Occasion
from segments.operations import label_members, recount
from tests.buyers import BuyersShop, add_purchases
from tests.pages import unfold


@dataclass
class StaffPerson:
    """A person at a browser, signed in, reading English."""

    client: Client
    user_id: UUID
    email: str

    def get(self, path: str, *, status: int = 200, **query: Any) -> HttpResponse:
        return self._checked(self.client.get(path, query_params=query or None), status)

    def post(self, path: str, *, status: int = 302, **fields: Any) -> HttpResponse:
        return self._checked(self.client.post(path, fields), status)

    def save(self, path: str, *, status: int = 302, **fields: Any) -> HttpResponse:
        """Open the page's form and send it as a browser does, with its hidden fields."""
        return self.post(path, status=status, **{"_store": mark_in(self.text(path)), **fields})

    def text(self, path: str, *, status: int = 200, **query: Any) -> str:
        return unfold(self.get(path, status=status, **query).content.decode())

    def statements(self, path: str) -> int:
        """Return how many statements the page needs."""
        with CaptureQueriesContext(connection) as captured:
            self.get(path)
        return len(captured)

    def _checked(self, response: Any, status: int) -> HttpResponse:
        assert response.status_code == status, (response.status_code, response.content.decode()[-2000:])
        page: HttpResponse = response
        return page


@dataclass
class Store:
    """A merchant with its owner; each method opens the scope it needs."""

    merchant: MerchantFacts
    outlet_id: UUID
    till_id: UUID
    owner: StaffPerson

    @property
    def today(self) -> date:
        return self.merchant.last_ended_day(timezone.now()) + timedelta(days=1)

    def colleague(self, role: Role) -> StaffPerson:
        """Another person of the same store."""
        return staff_of(self.merchant, role)

    def member(self, name: str = "Sari Dewi", **fields: Any) -> MemberFacts:
        email = f"{secrets.token_hex(6)}@example.com"
        draft = EnrolDraft(**{"name": name, "email": email, "promo_consent": True, **fields})
        with merchant_scope(self.merchant.id):
            return enrol_member(merchant=self.merchant, draft=draft, at=timezone.now() - timedelta(days=300))

    def buyers(self, count: int, *, days_ago: int = 200, amount: int = 50_000) -> list[MemberFacts]:
        """Make that many members with one purchase each, sorted into segments."""
        members = [self.member(f"Pembeli {n}") for n in range(count)]
        bought = [(self.today - timedelta(days=days_ago), amount)]
        with merchant_scope(self.merchant.id):
            add_purchases(
                BuyersShop(self.merchant, self.outlet_id, self.till_id), {member.id: bought for member in members}
            )
        self.sort()
        return members

    def sort(self) -> None:
        """Do what the night does for segments."""
        with merchant_scope(self.merchant.id):
            run = recount(
                merchant=self.merchant,
                business_date=self.today - timedelta(days=1),
                at=timezone.now(),
                occasion=Occasion.REQUEST,
            )
            cursor = None
            while run and (cursor := label_members(merchant=self.merchant, until=run.number, after=cursor)):
                pass

    def balance(self, member: MemberFacts) -> int:
        with merchant_scope(self.merchant.id):
            return balance(merchant=self.merchant, owner_id=member.id, business_date=self.today).points_balance


def mark_in(page: str) -> str:
    """Return the signed store that the page's forms carry."""
    (mark,) = set(re.findall(r'name="_store" value="([^"]+)"', page))
    return str(mark)


def staff_of(merchant: MerchantFacts, role: Role) -> StaffPerson:
    email = f"{role.value}-{secrets.token_hex(4)}@example.com"
    with merchant_scope(merchant.id):
        user = create_user(email=email, name="Budi Santoso", password=None, language="en")
        add_staff(merchant=merchant, user_id=user.id, role=role, at=timezone.now(), actor=SYSTEM)
    return signed_in(email)


def signed_in(email: str) -> StaffPerson:
    client = Client(headers={"accept-language": "en"})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    user = user_by_email(email)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return StaffPerson(client, user.id, email)


def open_store(name: str, **options: Any) -> Store:
    merchant_id, email = new_id(), f"owner-{secrets.token_hex(6)}@example.com"
    with merchant_scope(merchant_id):
        opened = open_merchant(
            merchant_id=merchant_id,
            name=name,
            owner_name="Ratna Wulandari",
            email=email,
            password=None,
            at=timezone.now() - timedelta(days=400),
            **options,
        )
    return Store(opened.merchant, opened.outlet.id, opened.till_id, signed_in(email))


@pytest.fixture
def store(db: None) -> Store:
    return open_store("Toko Melati")


@pytest.fixture
def figures_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> StaffPerson:
    """Someone whose role sees figures and no members; no role is so now, the pages hold it all the same."""
    rights = ROLE_PERMISSIONS[Role.ANALYST] - {Permission.SEE_MEMBERS}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.ANALYST, rights)
    return store.colleague(Role.ANALYST)


@pytest.fixture
def owner(store: Store) -> StaffPerson:
    return store.owner


@pytest.fixture
def other_store(db: None) -> Store:
    return open_store("Warung Sebelah")


@pytest.fixture
def stranger(other_store: Store) -> StaffPerson:
    return other_store.owner
