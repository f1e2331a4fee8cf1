"""Raw SQL, as the application role: what is a member's passes to another only with a merge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection

from common.ids import new_id
from ledger.facts import Unit
from ledger.operations import adjust, open_account
from members.models import MemberMerge
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope, refusable
from people.operations import merge_members
from rewards.catalogue.operations import add_reward, redeem_reward
from rewards.gift_cards.facts import TopUpDraft
from rewards.gift_cards.operations import top_up
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 5)


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


@pytest.fixture
def two(shop: SellingShop) -> tuple[UUID, UUID]:
    """Two members; the second has bought, redeemed and paid in."""
    one, other = shop.join(), shop.join()
    shop.sell(line(1, 90_000), member=other)
    adjust(merchant=shop.merchant, owner_id=other.id, change=500, reason="x", actor=SYSTEM, at=NOW, business_date=TODAY)
    reward = add_reward(merchant=shop.merchant, at=NOW, title="Mug", points=300, stock=5)
    redeem_reward(
        merchant=shop.merchant,
        till_id=shop.till.id,
        outlet_id=shop.outlet.id,
        member_id=other.id,
        reward_id=reward,
        quantity=1,
        hold=False,
        at=NOW,
        business_date=TODAY,
    )
    draft = TopUpDraft(other.id, 70_000, "T-1", b"x" * 32)
    top_up(merchant=shop.merchant, till_id=shop.till.id, draft=draft, at=NOW, business_date=TODAY)
    return one.id, other.id


def refused(statement: str, *values: Any) -> str:
    with pytest.raises(DatabaseError) as error, refusable(), connection.cursor() as cursor:
        cursor.execute(f"{statement}; SET CONSTRAINTS ALL IMMEDIATE", values)
    return str(error.value)


@pytest.mark.parametrize("table", ["sales_sale", "rewards_redemption", "rewards_topup"])
def test_what_is_a_members_does_not_pass_without_a_merge(shop: SellingShop, two: tuple[UUID, UUID], table: str) -> None:
    one, other = two
    words = refused(
        f"UPDATE {table} SET member_id = %s WHERE merchant_id = %s AND member_id = %s", one, shop.merchant.id, other
    )
    assert "belongs to its member" in words or "keeps its figures" in words or "is recorded" in words


def test_an_account_with_points_is_not_absorbed(shop: SellingShop, two: tuple[UUID, UUID]) -> None:
    one, other = two
    into = "(SELECT id FROM ledger_account WHERE merchant_id = %s AND owner_id = %s AND unit = 'points')"
    absorb = f"UPDATE ledger_account SET absorbed_by_id = {into} WHERE merchant_id = %s AND owner_id = %s AND unit = %s"
    merchant_id = shop.merchant.id
    assert "account_absorbed_is_empty" in refused(absorb, merchant_id, one, merchant_id, other, "points")
    open_account(merchant=shop.merchant, owner_id=one, unit=Unit.WALLET)
    assert "cannot be absorbed" in refused(absorb, merchant_id, other, merchant_id, one, "wallet")


def test_a_merge_keeps_whom_it_joined(shop: SellingShop, two: tuple[UUID, UUID]) -> None:
    one, other = two
    merge_id = merge_members(merchant=shop.merchant, survivor_id=one, merged_id=other, actor=SYSTEM, at=NOW)
    third = shop.join().id
    change = "UPDATE members_membermerge SET {} WHERE merchant_id = %s AND id = %s"
    assert "stays" in refused(change.format(f"survivor_id = '{third}'"), shop.merchant.id, merge_id)
    MemberMerge.objects.filter(merchant_id=shop.merchant.id, id=merge_id).update(undone_at=NOW)
    assert "undone once" in refused(change.format("undone_at = NULL"), shop.merchant.id, merge_id)
    deleted = refused("DELETE FROM members_membermerge WHERE merchant_id = %s AND id = %s", shop.merchant.id, merge_id)
    assert deleted


@pytest.mark.parametrize("table", ["rewards_topup", "rewards_redemption", "sales_sale"])
def test_a_merged_record_gets_nothing_new(shop: SellingShop, two: tuple[UUID, UUID], table: str) -> None:
    one, other = two
    merge_members(merchant=shop.merchant, survivor_id=one, merged_id=other, actor=SYSTEM, at=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = %s::regclass "
            "AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('id', 'member_id', 'reference')",
            [table],
        )
        columns = cursor.fetchone()[0]
    named = "" if table == "rewards_redemption" else ", reference"
    words = refused(
        f"INSERT INTO {table} (id, member_id{named}, {columns}) "
        f"SELECT %s, %s{named and ', %s'}, {columns} FROM {table} WHERE merchant_id = %s LIMIT 1",
        *[value for value in (new_id(), other, named and "R-new", shop.merchant.id) if value],
    )
    assert "merged into another" in words


def test_two_records_are_not_joined_to_themselves(shop: SellingShop, two: tuple[UUID, UUID]) -> None:
    words = refused(
        "INSERT INTO members_membermerge (merchant_id, id, survivor_id, merged_id, at, actor_label, taken, moved, "
        "fields_mark, undone_by) VALUES (%s, %s, %s, %s, now(), 'x', '{}', '{}', '', '')",
        shop.merchant.id,
        new_id(),
        two[0],
        two[0],
    )
    assert "merge_of_two" in words
