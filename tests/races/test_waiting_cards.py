"""Cards at many tills at once: one card in force whatever the order, and nothing spent by a card ended meanwhile."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from common.errors import DomainError
from enrolment.operations import join_on_page
from ledger.facts import Unit
from ledger.operations import adjust
from members.facts import EnrolDraft, MemberSource
from members.invariants import verify
from members.operations import ShownState, confirm_card, issue_waiting_card, replace_card, revoke_card
from members.operations import cards as card_operations
from members.queries import card_token_in_force, cards, member
from members.queries.lookups import find_shown
from merchants.facts import SYSTEM, Actor, Role
from merchants.tenancy import merchant_scope
from sales.operations import pricing_members, record_sale
from tests.races.together import Meeting, outcomes
from tests.sales_shop import NOW, SellingShop, open_selling_shop, sale

pytestmark = pytest.mark.usefixtures("real_commits")
OWNER = Actor(user_id=None, label="owner@kopi.example", role=Role.OWNER)
ROUNDS = 4


def open_member(shop: SellingShop, *, points: int = 0) -> UUID:
    with merchant_scope(shop.merchant.id):
        found = shop.join()
        if points:
            adjust(
                merchant=shop.merchant,
                owner_id=found.id,
                unit=Unit.POINTS,
                change=points,
                reason="goodwill",
                note="",
                actor=OWNER,
                at=NOW,
                business_date=NOW.date(),
                source_id=None,
            )
    return found.id


def waiting(shop: SellingShop, member_id: UUID) -> str:
    with merchant_scope(shop.merchant.id):
        return issue_waiting_card(merchant=shop.merchant, member_id=member_id, shown_name="Sari", at=NOW)


def confirming(shop: SellingShop, member_id: UUID, tokens: list[str]) -> Any:
    def once(till: int) -> None:
        with merchant_scope(shop.merchant.id):
            confirm_card(
                merchant=shop.merchant,
                member_id=member_id,
                token=tokens[till % len(tokens)],
                at=NOW + timedelta(seconds=1),
                actor=SYSTEM,
            )

    return once


def in_force(shop: SellingShop, member_id: UUID) -> int:
    with merchant_scope(shop.merchant.id):
        return sum(card.is_in_force for card in cards(merchant=shop.merchant, member_id=member_id))


def test_two_tills_confirm_two_cards_and_one_is_in_force() -> None:
    shop = open_selling_shop()
    for _ in range(ROUNDS):
        sari = open_member(shop)
        tokens = [waiting(shop, sari), waiting(shop, sari)]
        assert outcomes(confirming(shop, sari, tokens), 2) == Counter(ok=1, card_not_found=1)
        assert in_force(shop, sari) == 1
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []


def test_without_the_members_lock_two_confirmations_leave_no_card_or_break(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the member's row is what makes the second till wait and look again."""
    shop = open_selling_shop()
    end, both_have_looked = card_operations._end_cards, Meeting(2)

    def end_together(*given: Any, **named: Any) -> None:
        both_have_looked.wait()
        end(*given, **named)

    sari = open_member(shop)
    tokens = [waiting(shop, sari), waiting(shop, sari)]
    monkeypatch.setattr(card_operations, "lock_member", member)
    monkeypatch.setattr(card_operations, "_end_cards", end_together)
    ended = outcomes(confirming(shop, sari, tokens), 2)
    assert ended != Counter(ok=1, card_not_found=1) or in_force(shop, sari) != 1, ended


def test_joining_while_a_card_is_confirmed_leaves_a_younger_waiting_card() -> None:
    shop = open_selling_shop()
    sari = open_member(shop)
    token = waiting(shop, sari)

    def either(number: int) -> None:
        if number % 2:
            confirming(shop, sari, [token])(number)
        else:
            waiting(shop, sari)

    assert outcomes(either, 8)["ok"] == 8
    assert in_force(shop, sari) == 1
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []


def test_many_join_with_one_unknown_number_and_all_get_a_card() -> None:
    shop = open_selling_shop()
    draft = EnrolDraft(name="Sari", phone="0812 6660 0011", source=MemberSource.PUBLIC)

    def once(_: int) -> None:
        with merchant_scope(shop.merchant.id):
            join_on_page(merchant=shop.merchant, draft=draft, at=NOW)

    assert outcomes(once, 8) == Counter(ok=8)
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []


# --- spending while the card changes -----------------------------------------------------------------------------


def spend_while(shop: SellingShop, shown: str, change: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Sell to a member found by the card, waiting while `change` commits; return how the sale ends."""
    found, changed, ended = Event(), Event(), []

    def find_then_wait(**given: Any) -> Any:
        answer = find_shown(**given)
        found.set()
        assert changed.wait(10)
        return answer

    monkeypatch.setattr(pricing_members, "find_shown", find_then_wait)

    def sell() -> None:
        try:
            with merchant_scope(shop.merchant.id):
                draft = sale(identifier=shown, redeem_points=100)
                record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=NOW)
            ended.append("ok")
        except DomainError as refusal:
            ended.append(refusal.code)
        finally:
            connection.close()

    thread = Thread(target=sell)
    thread.start()
    assert found.wait(10)
    with merchant_scope(shop.merchant.id):
        change()
    changed.set()
    thread.join(20)
    return str(ended[0])


def replacing(shop: SellingShop, sari: UUID) -> Any:
    return lambda: replace_card(
        merchant=shop.merchant, member_id=sari, reason="lost", at=NOW + timedelta(seconds=1), actor=SYSTEM
    )


def revoking(shop: SellingShop, sari: UUID) -> Any:
    return lambda: revoke_card(
        merchant=shop.merchant, member_id=sari, reason="stolen", at=NOW + timedelta(seconds=1), actor=SYSTEM
    )


def card_in_force(shop: SellingShop, sari: UUID) -> str:
    with merchant_scope(shop.merchant.id):
        token = card_token_in_force(merchant=shop.merchant, member_id=sari)
    assert token is not None
    return token


@pytest.mark.parametrize("ending", [replacing, revoking])
def test_a_card_ended_while_it_is_shown_spends_nothing(ending: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_selling_shop()
    sari = open_member(shop, points=200)
    assert spend_while(shop, card_in_force(shop, sari), ending(shop, sari), monkeypatch) == "card_not_found"


def test_looked_at_before_the_lock_the_ended_card_spends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: without the look under the member's lock the link of a lost card still pays."""
    shop = open_selling_shop()
    sari = open_member(shop, points=200)
    monkeypatch.setattr(pricing_members, "shown_card_state", lambda **_: ShownState.IN_FORCE)
    assert spend_while(shop, card_in_force(shop, sari), replacing(shop, sari), monkeypatch) == "ok"


def test_a_card_confirmed_while_it_is_shown_spends(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_selling_shop()
    sari = open_member(shop, points=200)
    token = waiting(shop, sari)

    def change() -> None:
        confirm_card(merchant=shop.merchant, member_id=sari, token=token, at=NOW + timedelta(seconds=1), actor=SYSTEM)

    assert spend_while(shop, token, change, monkeypatch) == "ok"
