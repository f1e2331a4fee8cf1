"""Two merchants and three tills: the owner's, a colleague's in another outlet, and a stranger's of another merchant."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from common.ids import new_id
from merchants.facts import SYSTEM, MerchantFacts
from merchants.operations import add_outlet, add_till, issue_till_key
from merchants.tenancy import merchant_scope
from onboarding.operations import open_merchant
from pos_integration.throttles import code_guard, look_up_guard, member_code_guard, name_search_guard
from rewards.catalogue.operations import add_reward
from rewards.coupons.operations import create_coupon_batch, issue_coupon
from rewards.coupons.queries import coupon_by_id
from tests.api.till import ApiTill


@dataclass(frozen=True)
class ApiShop:
    """A merchant and its first till."""

    merchant: MerchantFacts
    outlet_id: UUID
    till_id: UUID

    def till(self, *, scopes: list[str] | None = None) -> ApiTill:
        with merchant_scope(self.merchant.id):
            key = issue_till_key(
                merchant=self.merchant, till_id=self.till_id, at=timezone.now(), actor=SYSTEM, scopes=scopes
            )
        return ApiTill(self.merchant, self.till_id, self.outlet_id, key)

    def second_till(self, name: str = "Second") -> ApiTill:
        with merchant_scope(self.merchant.id):
            outlet = add_outlet(
                merchant=self.merchant, name=f"Outlet {name}", timezone="Asia/Jakarta", at=timezone.now(), actor=SYSTEM
            )
            till_id = add_till(
                merchant=self.merchant, outlet_id=outlet.id, name=f"Till {name}", at=timezone.now(), actor=SYSTEM
            )
        return ApiShop(self.merchant, outlet.id, till_id).till()

    def reward(self, title: str = "Kopi gratis", *, points: int = 10, **fields: Any) -> UUID:
        with merchant_scope(self.merchant.id):
            return add_reward(merchant=self.merchant, title=title, points=points, at=timezone.now(), **fields)

    def coupon_batch(self, *, percent: int = 10, **fields: Any) -> UUID:
        with merchant_scope(self.merchant.id):
            return create_coupon_batch(
                merchant=self.merchant,
                title=f"Potongan {percent}%",
                definition={"kind": "percent_off", "value": percent},
                at=timezone.now(),
                **fields,
            )

    def coupon(self, *, batch_id: UUID | None = None, member_id: UUID | None = None, percent: int = 10) -> str:
        """Make one coupon and return its code."""
        batch = batch_id or self.coupon_batch(percent=percent)
        now = timezone.now()
        with merchant_scope(self.merchant.id):
            coupon_id = issue_coupon(
                merchant=self.merchant, batch_id=batch, member_id=member_id, source_id=None, at=now, today=now.date()
            )
            return coupon_by_id(merchant=self.merchant, coupon_id=coupon_id, at=now, today=now.date()).code

    def assert_verified(self) -> None:
        """Check that `manage.py verify` finds nothing wrong with this merchant; show its findings otherwise."""
        said = StringIO()
        try:
            call_command("verify", merchant=str(self.merchant.id), stdout=said, no_color=True)
        except CommandError as error:
            pytest.fail(f"{error}\n{said.getvalue()}")


def open_shop(name: str, **settings: Any) -> ApiShop:
    """Open a merchant of its own; in tests that commit it simply stays."""
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        opened = open_merchant(
            merchant_id=merchant_id,
            name=name,
            owner_name="Ibu Ratna",
            email=f"{secrets.token_hex(6)}@example.com",
            password=None,
            at=timezone.now(),
            **settings,
        )
    return ApiShop(opened.merchant, opened.outlet.id, opened.till_id)


@pytest.fixture
def shop(db: None) -> ApiShop:
    return open_shop("Toko Kopi Ratna")


@pytest.fixture
def till(shop: ApiShop) -> ApiTill:
    """The owner's."""
    return shop.till()


@pytest.fixture
def colleague(shop: ApiShop) -> ApiTill:
    """Another till of the same merchant, in another outlet."""
    return shop.second_till()


@pytest.fixture
def other_shop(db: None) -> ApiShop:
    return open_shop("Warung Sebelah")


@pytest.fixture
def stranger(other_shop: ApiShop) -> ApiTill:
    """A till of another merchant."""
    return other_shop.till()


@pytest.fixture(autouse=True)
def forget_attempts() -> Iterator[None]:
    """Each test starts with the codes of every till open."""
    yield
    code_guard().forget()
    member_code_guard().forget()
    look_up_guard().forget()
    name_search_guard().forget()


MakeShop = Callable[..., ApiShop]
