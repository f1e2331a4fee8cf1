"""Raw SQL that tries to break what top-ups, gift cards and wallet returns promise; planted corruptions for verify."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import time
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from common.business_days import business_date
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.gift_cards.facts import ActivationDraft, GiftCardBatchDraft, TopUpDraft
from rewards.gift_cards.operations import activate_gift_card, issue_gift_cards, top_up
from rewards.invariants import verify as verify_rewards
from sales.facts import SaleFacts
from sales.invariants import verify as verify_sales
from sales.operations import record_sale, refund_sale
from tests.database.test_sales_guards import one, refused
from tests.databases import database_url
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of, sale

TODAY = business_date(NOW, "Asia/Jakarta", time(0))


def pay_in(shop: SellingShop, amount: int = 50_000) -> Any:
    member = shop.join()
    draft = TopUpDraft(
        member_id=member.id, amount=amount, reference=f"U-{member.number}", request_fingerprint=bytes(32)
    )
    top_up(merchant=shop.merchant, till_id=shop.till.id, draft=draft, at=NOW, business_date=TODAY)
    return member


def sell_card(shop: SellingShop, amount: int = 50_000) -> str:
    draft = ActivationDraft(amount=amount, reference=f"G-{amount}", request_fingerprint=bytes(32))
    sold = activate_gift_card(merchant=shop.merchant, till_id=shop.till.id, draft=draft, at=NOW, business_date=TODAY)
    return sold.card.code or ""


def pay(shop: SellingShop, code: str) -> SaleFacts:
    member = pay_in(shop)
    draft = sale(line(1, 40_000, 2), member=member, gift_card_codes=(code,), redeem_wallet_amount=20_000)
    return record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=NOW).sale


@pytest.mark.django_db
class TestGuards:
    @pytest.fixture
    def shop(self) -> Iterator[SellingShop]:
        opened = open_selling_shop()
        with merchant_scope(opened.merchant.id):
            yield opened

    @pytest.mark.parametrize(
        "change",
        ["amount = amount + 1", "member_id = gen_random_uuid()", "reference = 'X'", "transfer_id = gen_random_uuid()"],
    )
    def test_a_top_up_keeps_its_figures(self, shop: SellingShop, change: str) -> None:
        pay_in(shop)
        assert "recorded" in refused(f"UPDATE rewards_topup SET {change} WHERE merchant_id = %s", shop.merchant.id)

    def test_a_top_up_is_not_reversed_without_the_ledger(self, shop: SellingShop) -> None:
        pay_in(shop)
        words = refused("UPDATE rewards_topup SET reversed_at = now() WHERE merchant_id = %s", shop.merchant.id)
        assert "taken back" in words

    def test_a_top_up_that_the_ledger_does_not_have_is_refused(self, shop: SellingShop) -> None:
        pay_in(shop)
        words = refused(
            "INSERT INTO rewards_topup (merchant_id, id, till_id, reference, request_fingerprint, member_id, amount, "
            "reason, transfer_id, topped_up_at, business_date, reversal_reason) SELECT merchant_id, gen_random_uuid(), "
            "till_id, 'U-2', request_fingerprint, member_id, amount, '', transfer_id, topped_up_at, business_date, '' "
            "FROM rewards_topup WHERE merchant_id = %s",
            shop.merchant.id,
        )
        assert "the ledger has" in words

    @pytest.mark.parametrize(
        "change",
        [
            "amount = amount + 1",
            "transfer_id = NULL",
            "expires_on = '2030-01-01'",
            "code_hmac = '\\x00'",
            "state = 'inactive'",
            "reference = 'X'",
        ],
    )
    def test_a_card_keeps_its_facts(self, shop: SellingShop, change: str) -> None:
        sell_card(shop)
        words = refused(f"UPDATE rewards_giftcard SET {change} WHERE merchant_id = %s", shop.merchant.id)
        assert "gift card" in words or "gift_card" in words

    def test_a_cancelled_card_does_not_come_back_to_use(self, shop: SellingShop) -> None:
        sell_card(shop)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE rewards_giftcard SET state = 'cancelled' WHERE merchant_id = %s", [shop.merchant.id])
        words = refused("UPDATE rewards_giftcard SET state = 'active' WHERE merchant_id = %s", shop.merchant.id)
        assert "does not become active from cancelled" in words

    @pytest.mark.parametrize("table", ["rewards_giftcard", "rewards_topup"])
    def test_rows_are_kept_for_ever(self, shop: SellingShop, table: str) -> None:
        sell_card(shop)
        pay_in(shop)
        assert "for ever" in refused(f"DELETE FROM {table} WHERE merchant_id = %s", shop.merchant.id)

    def test_a_batch_needs_an_audit_entry_and_stays_as_it_is(self, shop: SellingShop) -> None:
        draft = GiftCardBatchDraft(
            title="A", amount=1_000, count=1, needs_activation=True, paid=False, expires_on=None, reason="uji"
        )
        issue_gift_cards(merchant=shop.merchant, draft=draft, at=NOW, business_date=TODAY, actor=SYSTEM)
        words = refused(
            "INSERT INTO rewards_giftcardbatch (merchant_id, id, title, amount, count, needs_activation, paid, reason, "
            "issued_at, issued_by) VALUES (%s, gen_random_uuid(), 'B', 1000, 1, true, false, 'x', now(), 'x')",
            shop.merchant.id,
        )
        assert "without an audit entry" in words
        assert "permission denied" in refused("UPDATE rewards_giftcardbatch SET amount = 1")

    @pytest.mark.parametrize("column", ["wallet_returned_amount", "gift_card_returned_amount"])
    def test_a_sale_returns_only_what_its_refunds_say(self, shop: SellingShop, column: str) -> None:
        sold = pay(shop, sell_card(shop))
        refund_sale(
            merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=refund_of(("1", 1)), received_at=NOW
        )
        assert one(f"SELECT {column} FROM sales_sale WHERE id = %s", sold.id) > 0
        assert "refunds differ" in refused(f"UPDATE sales_sale SET {column} = {column} + 1 WHERE id = %s", sold.id)
        assert "only grow" in refused(f"UPDATE sales_sale SET {column} = 0 WHERE id = %s", sold.id)
        assert "sale_points_cap" in refused(f"UPDATE sales_sale SET {column} = 10^9 WHERE id = %s", sold.id)

    @pytest.mark.parametrize(
        "change", ["gift_card_redeemed_amount = 0", "gift_cards = '[]'", "cashback_earned_amount = 9"]
    )
    def test_what_cards_paid_stays(self, shop: SellingShop, change: str) -> None:
        sold = pay(shop, sell_card(shop))
        words = refused(f"UPDATE sales_sale SET {change} WHERE id = %s", sold.id)
        assert "recorded" in words or "belongs to its member" in words


SALE, REFUND = "UPDATE sales_sale SET", "UPDATE sales_refund SET"
CORRUPTIONS: dict[str, tuple[Any, str, str]] = {
    "a top-up of another amount": (
        verify_rewards,
        "rewards_topup",
        "UPDATE rewards_topup SET amount = amount + 1 RETURNING id",
    ),
    "a top-up that vanished": (
        verify_rewards,
        "ledger_transfer",
        "DELETE FROM rewards_topup RETURNING transfer_id",
    ),
    "a card of another amount": (
        verify_rewards,
        "rewards_giftcard",
        "UPDATE rewards_giftcard SET amount = amount + 1 RETURNING id",
    ),
    "a card with more on it than was moved": (
        verify_rewards,
        "rewards_giftcard",
        "UPDATE ledger_account SET balance = 5 WHERE owner_id IN (SELECT id FROM rewards_giftcard) RETURNING owner_id",
    ),
    "a card that vanished": (
        verify_rewards,
        "ledger_transfer",
        "DELETE FROM rewards_giftcard RETURNING transfer_id",
    ),
    "a sale whose card paid another amount": (
        verify_sales,
        "sales_sale",
        f"{SALE} gift_cards = jsonb_set(gift_cards, '{{0,used_amount}}', '1') WHERE gift_cards <> '[]' RETURNING id",
    ),
    "a sale that spent more wallet money than it says": (
        verify_sales,
        "sales_sale",
        f"{SALE} wallet_redeemed_amount = 1 WHERE wallet_redeemed_amount > 1 RETURNING id",
    ),
    "a refund that says it gave back more": (
        verify_sales,
        "sales_refund",
        f"{REFUND} wallet_returned_amount = wallet_returned_amount + 1 RETURNING id",
    ),
}


@contextmanager
def as_owner(shop: SellingShop) -> Iterator[Any]:
    """A connection that no guard stops; what it did is rolled back."""
    url = database_url(settings.DATABASE_OWNER_URL, connection.settings_dict["NAME"])
    tables = ("rewards_topup", "rewards_giftcard", "ledger_account", "sales_sale", "sales_refund")
    with closing(psycopg2.connect(url)) as owner, owner.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE sales_sale DROP CONSTRAINT sale_points_cap, DROP CONSTRAINT sale_bill_adds_up")
        cursor.execute("ALTER TABLE ledger_account DROP CONSTRAINT account_below_zero_is_debt")
        cursor.execute(f"SET LOCAL app.merchant = '{shop.merchant.id}'")
        try:
            yield cursor
        finally:
            owner.rollback()


@pytest.mark.usefixtures("real_commits")
def test_each_planted_corruption_is_found_and_its_row_named(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        sold = pay(shop, sell_card(shop))
        refund_sale(
            merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=refund_of(("1", 1)), received_at=NOW
        )
        assert verify_rewards(merchant=shop.merchant) == []
        assert verify_sales(merchant=shop.merchant) == []
    for name, (check, table, statement) in CORRUPTIONS.items():
        with as_owner(shop) as cursor:
            cursor.execute(statement)
            broken = str(cursor.fetchone()[0])
            module = "rewards.invariants" if check is verify_rewards else "sales.invariants"
            monkeypatch.setattr(f"{module}.connection", Borrowed(cursor))
            found = {(v.table, v.row_id) for v in check(merchant=shop.merchant)}
            monkeypatch.undo()
        assert (table, broken) in found, name


class Borrowed:
    """Django's connection as the verifier uses it, over the corrupting transaction."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        yield self._cursor
