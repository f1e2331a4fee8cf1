"""Raw SQL that tries to let a blocked member earn or spend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from common.ids import new_id
from ledger.operations import adjust
from members.facts import MemberFacts
from members.operations import block
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.gift_cards.facts import TopUpDraft
from rewards.gift_cards.operations import top_up
from tests.database.test_sales_guards import refused
from tests.operations.test_rewards import redeem, reward
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.django_db
IS_BLOCKED = "is blocked"


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


def block_member(shop: SellingShop, found: MemberFacts) -> None:
    block(merchant=shop.merchant, member_id=found.id, reason="penipuan", actor=SYSTEM, at=NOW)


def copy_row(table: str, **changed: str) -> str:
    """Return the statement that writes a table's only row once more, with these columns changed."""
    pairs = ", ".join(f"'{name}', {value}" for name, value in {"id": f"'{new_id()}'", **changed}.items())
    return f"INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object({pairs}))).* FROM {table} r"


def runs(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def test_no_sale_at_a_till_is_written_for_a_blocked_member(shop: SellingShop) -> None:
    sari = shop.join()
    shop.sell(member=sari)
    again = copy_row("sales_sale", reference="'R-2'")
    block_member(shop, sari)
    assert IS_BLOCKED in refused(again)
    assert runs(copy_row("sales_sale", reference="'R-3'", source="'import'")) == 1, "files of the past are taken"


def test_no_sale_without_a_member_is_given_to_a_blocked_one(shop: SellingShop) -> None:
    sari = shop.join()
    shop.sell()
    block_member(shop, sari)
    assert IS_BLOCKED in refused(f"UPDATE sales_sale SET member_id = '{sari.id}'")


def test_no_money_is_paid_into_the_wallet_of_a_blocked_member(shop: SellingShop) -> None:
    sari = shop.join()
    draft = TopUpDraft(member_id=sari.id, amount=50_000, reference="U-1", request_fingerprint=bytes(32))
    today = shop.merchant.day_of(NOW)
    top_up(merchant=shop.merchant, till_id=shop.till.id, draft=draft, at=NOW, business_date=today)
    block_member(shop, sari)
    assert IS_BLOCKED in refused(copy_row("rewards_topup", reference="'U-2'"))


def test_points_of_a_blocked_member_are_exchanged_for_nothing(shop: SellingShop) -> None:
    sari = shop.join()
    adjust(
        merchant=shop.merchant,
        owner_id=sari.id,
        change=1_000,
        reason="goodwill",
        actor=SYSTEM,
        at=NOW,
        business_date=shop.merchant.day_of(NOW),
    )
    redeem(shop, sari, reward(shop, points=100), hold=True)
    block_member(shop, sari)
    assert IS_BLOCKED in refused("UPDATE rewards_redemption SET status = 'completed'")
    assert IS_BLOCKED in refused(copy_row("rewards_redemption"))
