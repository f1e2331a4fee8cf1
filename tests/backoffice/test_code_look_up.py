"""Care answers why a till refuses a code: one box for coupons and gift cards, the reason, and what must be true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from backoffice.limits import _code_look_ups
from merchants.facts import Role
from tests.api.conftest import ApiShop
from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_coupons import CODES, made
from tests.backoffice.test_gift_cards import codes_of, issue

REFUSED = "Every till refuses this code"


@pytest.fixture(autouse=True)
def forget_look_ups() -> Iterator[None]:
    _code_look_ups().forget()
    yield
    _code_look_ups().forget()


@pytest.fixture
def care(store: Store) -> StaffPerson:
    return store.colleague(Role.CARE)


def test_a_code_that_counts_shows_under_which_conditions(store: Store, care: StaffPerson) -> None:
    _, codes = made(store)
    page = care.text(care.post(CODES, code=codes[0])["Location"])
    assert REFUSED not in page
    assert "What it gives, and when" in page
    assert "/offers/coupons/" not in page, "the lists of coupons are not care's"


def test_the_reason_is_said_with_its_day(store: Store, owner: StaffPerson, care: StaffPerson) -> None:
    _, codes = made(store)
    till = ApiShop(store.merchant, store.outlet_id, store.till_id).till()
    till.sell("R-1", line(), coupon_codes=[codes[0]])
    address = care.post(CODES, code=codes[0])["Location"]
    assert "All its uses are taken, the last one on" in care.text(address)
    other = owner.post(CODES, code=codes[1])["Location"]
    owner.post(f"{other}block/")
    assert "It is blocked, until someone who writes offers lifts the block." in care.text(other)
    care.post(f"{other}unblock/", status=403)
    owner.post(f"{other}cancel/")
    assert "It was cancelled" in care.text(other)


def test_an_expired_coupon_says_its_last_day(store: Store, care: StaffPerson) -> None:
    _, codes = made(store, valid_until=store.today + timedelta(days=1))
    address = care.post(CODES, code=codes[0])["Location"]
    assert REFUSED not in care.text(address)
    with time_machine.travel(timezone.now() + timedelta(days=5)):
        page = care.text(address)
        assert REFUSED in page
        assert "Its last day was" in page


def test_a_gift_card_is_found_in_the_same_box(store: Store, owner: StaffPerson, care: StaffPerson) -> None:
    code = codes_of(owner, issue(store, owner))[0]
    found = care.post(CODES, code=code)["Location"]
    page = care.text(found)
    assert "It pays nothing today" not in page
    assert "Block card" not in page
    owner.post(f"{found}block/", reason="Hilang")
    page = care.text(found)
    assert "This gift card is blocked." in page
    assert "/loyalty/gift-cards/?batch=" not in page


def test_a_code_of_neither_is_an_error_at_its_box(care: StaffPerson) -> None:
    page = care.post(CODES, status=400, code="NOSUCHCODE").content.decode()
    assert "Neither a coupon nor a gift card has this code." in page


def test_another_stores_codes_are_nobodys(store: Store, stranger: StaffPerson) -> None:
    _, codes = made(store)
    stranger.post(CODES, status=400, code=codes[0])
