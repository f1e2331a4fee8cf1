"""A member is blocked while a till sells to them: the purchase is before the block, or it is refused."""

from __future__ import annotations

from uuid import UUID

import pytest

from ledger.invariants import verify as verify_ledger
from members.invariants import verify
from members.operations import block
from members.queries import member
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from sales.models import Sale
from sales.operations import pricing_members, record_sale
from tests.races.together import overlap
from tests.sales_shop import NOW, SellingShop, open_selling_shop, sale

pytestmark = pytest.mark.usefixtures("real_commits")


def open_with_member() -> tuple[SellingShop, UUID]:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        return shop, shop.join().id


def sell(shop: SellingShop, member_id: UUID) -> None:
    draft = sale(reference="R-1", member_id=member_id)
    record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=NOW)


def block_now(shop: SellingShop, member_id: UUID) -> None:
    block(merchant=shop.merchant, member_id=member_id, reason="penipuan", actor=SYSTEM, at=NOW)


def sold_to(shop: SellingShop) -> list[UUID | None]:
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        assert verify_ledger(merchant=shop.merchant) == []
        return list(Sale.objects.filter(merchant_id=shop.merchant.id).values_list("member_id", flat=True))


def test_a_sale_that_waits_for_the_block_is_refused() -> None:
    shop, sari = open_with_member()
    assert overlap(shop.merchant.id, lambda: block_now(shop, sari), lambda: sell(shop, sari)) == "member_blocked"
    assert sold_to(shop) == []


def test_a_block_that_waits_for_the_sale_is_after_it() -> None:
    shop, sari = open_with_member()
    assert overlap(shop.merchant.id, lambda: sell(shop, sari), lambda: block_now(shop, sari)) == "ok"
    assert sold_to(shop) == [sari]


def test_without_the_members_lock_only_the_guard_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the sale has looked before the block was there, and no rule of its own sees it any more."""
    shop, sari = open_with_member()
    monkeypatch.setattr(pricing_members, "lock_member", member)
    assert overlap(shop.merchant.id, lambda: block_now(shop, sari), lambda: sell(shop, sari)) == "IntegrityError"
    assert sold_to(shop) == []
