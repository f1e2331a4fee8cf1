"""One gift card at many tills at once: it never pays more than is on it."""

from __future__ import annotations

from collections import Counter
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from merchants.facts import SYSTEM, MerchantFacts
from merchants.tenancy import merchant_scope
from rewards.gift_cards.facts import GiftCardBatchDraft
from rewards.gift_cards.models import GiftCard
from rewards.gift_cards.operations import cancel_gift_card, gift_cards, issue_gift_cards
from rewards.gift_cards.queries import gift_card_codes, gift_card_figures
from rewards.invariants import verify
from sales.operations import payments, record_sale, recorded_sales, refund_payments, void_sale
from tests.races.test_redemption_ledger import guards_off, without_row_lock
from tests.races.together import outcomes, overlap
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, sale

pytestmark = pytest.mark.usefixtures("real_commits")

ON_CARD, PRICE = 100_000, 7_777


def card_of(shop: SellingShop) -> str:
    today = shop.merchant.day_of(NOW)
    draft = GiftCardBatchDraft(
        title="Kado", amount=ON_CARD, count=1, needs_activation=False, paid=True, expires_on=None, reason="uji"
    )
    with merchant_scope(shop.merchant.id):
        batch = issue_gift_cards(merchant=shop.merchant, draft=draft, at=NOW, business_date=today, actor=SYSTEM)
        return gift_card_codes(merchant=shop.merchant, batch_id=batch, at=NOW, today=today)[0].code or ""


def pay_with(shop: SellingShop, code: str, paid: list[int]) -> Any:
    def once(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            draft = sale(line(1, PRICE), gift_card_codes=(code,))
            recorded = record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=NOW)
        paid.append(recorded.sale.gift_card_redeemed_amount)

    return once


def test_forty_tills_spend_one_card_to_the_last_rupiah_and_not_one_more() -> None:
    shop = open_selling_shop()
    code, paid = card_of(shop), list[int]()
    assert outcomes(pay_with(shop, code, paid), 40) == Counter(ok=13, gift_card_not_usable=27)
    assert sorted(paid) == [ON_CARD - 12 * PRICE, *[PRICE] * 12]
    with merchant_scope(shop.merchant.id):
        assert gift_card_figures(merchant=shop.merchant).outstanding_amount == 0
        assert verify(merchant=shop.merchant) == []


def pay_unlocked(shop: SellingShop, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Pay at eight tills that all have read the card before the first of them writes: what the row locks prevent."""
    code, all_have_read = card_of(shop), Barrier(8)
    shown, move = gift_cards.lock_gift_cards, payments.post_gift_cards

    def wait_and_move(*given: Any, **named: Any) -> Any:
        all_have_read.wait(timeout=30)
        return move(*given, **named)

    monkeypatch.setattr(
        "sales.operations.gift_cards.lock_gift_cards", lambda **given: shown(**{**given, "lock": False})
    )
    monkeypatch.setattr(recorded_sales, "post_gift_cards", wait_and_move)

    def pay(number: int) -> None:
        with connection.execute_wrapper(without_row_lock), merchant_scope(shop.merchant.id):
            draft = sale(line(1, ON_CARD), gift_card_codes=(code,))
            record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=NOW)

    return outcomes(pay, 8, workers=8)


def test_without_the_locks_the_guards_still_let_only_one_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """First half of the negative control: the second line holds alone, but answers with errors, not refusals."""
    shop = open_selling_shop()
    assert pay_unlocked(shop, monkeypatch) == Counter(ok=1, IntegrityError=7)
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []


def test_without_locks_and_guards_the_card_is_spent_eight_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Second half: without both lines of defence the first test fails."""
    shop = open_selling_shop()
    with guards_off(shop):  # type: ignore[arg-type]
        assert pay_unlocked(shop, monkeypatch) == Counter(ok=8)


# --- returned to a card that is being cancelled -------------------------------------------------------------------


def return_while_cancelling(shop: SellingShop) -> tuple[str, int]:
    """Return goods at the instant between a card's cancelling and its commit: (state, money on it)."""
    code = card_of(shop)
    merchant, today = shop.merchant, shop.merchant.day_of(NOW)
    with merchant_scope(merchant.id):
        sold = shop.sell(line(1, 60_000), gift_card_codes=(code,))
        card_id = GiftCard.objects.get(merchant_id=merchant.id).id

    def cancel() -> None:
        cancel_gift_card(merchant=merchant, card_id=card_id, reason="hilang", at=NOW, business_date=today, actor=SYSTEM)

    def give_back() -> None:
        void_sale(merchant=merchant, till=shop.till, reference=str(sold.id), reason="", received_at=NOW)

    assert overlap(merchant.id, cancel, give_back) == "ok"
    with merchant_scope(merchant.id):
        card = GiftCard.objects.get(merchant_id=merchant.id)
        return card.state, gift_card_figures(merchant=merchant).outstanding_amount


def test_money_that_comes_back_to_a_card_being_cancelled_is_seen() -> None:
    shop = open_selling_shop()
    assert return_while_cancelling(shop) == ("blocked", 60_000)
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []


def test_without_the_lock_it_lies_on_a_cancelled_card_and_verify_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""

    def look_only(*, merchant: MerchantFacts, card_ids: set[UUID]) -> None:
        GiftCard.objects.filter(merchant_id=merchant.id, id__in=card_ids, state="cancelled").update(state="blocked")

    monkeypatch.setattr(refund_payments, "reopen_cancelled", look_only)
    shop = open_selling_shop()
    assert return_while_cancelling(shop) == ("cancelled", 60_000)
    with merchant_scope(shop.merchant.id):
        assert [broken.table for broken in verify(merchant=shop.merchant)] == ["rewards_giftcard"]
