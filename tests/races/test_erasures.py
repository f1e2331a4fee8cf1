"""A member is erased while a till sells to them: what the purchase earned is forfeited, or the till knows no one."""

from __future__ import annotations

from uuid import UUID

import pytest

from ledger.invariants import verify as verify_ledger
from ledger.queries import balance
from members.facts import ConsentMethod, DataRequestDraft, DataRequestKind, IdentityCheck, RequestAsker
from members.invariants import verify
from members.operations import record_data_request
from members.queries import member
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from people.operations import erase_member
from sales.models import Sale
from sales.operations import pricing_members
from tests.races.test_blocking import sell
from tests.races.together import overlap
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")


def open_with_request() -> tuple[SellingShop, UUID, UUID]:
    """Return a shop, a member who asked to be erased, and the request."""
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        sari = shop.join()
        today = shop.merchant.day_of(NOW)
        draft = DataRequestDraft(
            DataRequestKind.ERASURE, RequestAsker.MEMBER, ConsentMethod.PHONE, IdentityCheck.CARD, today
        )
        asked = record_data_request(
            merchant=shop.merchant, member_id=sari.id, draft=draft, actor=SYSTEM, at=NOW, business_date=today
        )
    return shop, sari.id, asked.id


def erase(shop: SellingShop, request_id: UUID) -> None:
    erase_member(merchant=shop.merchant, request_id=request_id, actor=SYSTEM, at=NOW)


def left_over(shop: SellingShop, member_id: UUID) -> tuple[list[UUID | None], int]:
    """Return whose the sales are, and the points that the erased member has."""
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        assert verify_ledger(merchant=shop.merchant) == []
        sold = list(Sale.objects.filter(merchant_id=shop.merchant.id).values_list("member_id", flat=True))
        day = shop.merchant.day_of(NOW)
        return sold, balance(merchant=shop.merchant, owner_id=member_id, business_date=day).points_balance


def test_a_sale_that_waits_for_the_erasure_knows_no_one() -> None:
    shop, sari, asked = open_with_request()
    assert overlap(shop.merchant.id, lambda: erase(shop, asked), lambda: sell(shop, sari)) == "member_not_found"
    assert left_over(shop, sari) == ([], 0)


def test_an_erasure_that_waits_for_the_sale_forfeits_what_it_earned() -> None:
    shop, sari, asked = open_with_request()
    assert overlap(shop.merchant.id, lambda: sell(shop, sari), lambda: erase(shop, asked)) == "ok"
    assert left_over(shop, sari) == ([sari], 0)


def test_without_the_members_lock_only_the_guard_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the sale has looked before the erasure was there."""
    shop, sari, asked = open_with_request()
    monkeypatch.setattr(pricing_members, "lock_member", member)
    assert overlap(shop.merchant.id, lambda: erase(shop, asked), lambda: sell(shop, sari)) == "IntegrityError"
    assert left_over(shop, sari) == ([], 0)
