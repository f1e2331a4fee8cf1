"""What members see of rewards, and the code they read out at the till."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from member_pages.throttle import code_throttle
from members.operations import VerificationRequired, block, require_verification_code
from merchants.facts import SYSTEM
from merchants.operations import change_merchant_settings
from merchants.queries import merchant_by_id
from merchants.tenancy import merchant_scope
from rewards.catalogue.facts import Handover
from rewards.catalogue.operations import add_reward, redeem_reward
from tests.member_pages.conftest import CardHolder, earn


@pytest.fixture(autouse=True)
def fresh_codes() -> None:
    code_throttle().forget()


def ask_for_codes(budi: CardHolder, above: int | None = 100) -> None:
    with merchant_scope(budi.merchant.id):
        change_merchant_settings(
            merchant=budi.merchant, changes={"verify_above_points": above}, at=timezone.now(), actor=SYSTEM
        )


def show_code(reader: Client, budi: CardHolder, *, status: int = 200) -> str:
    page = reader.get(budi.url("verification_code")).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    shown = reader.post(budi.url("verification_code"), {"csrfmiddlewaretoken": token[1]})
    assert shown.status_code == status
    found = re.search(r">(\d{3}) (\d{3})<", shown.content.decode())
    return found[1] + found[2] if found else ""


def test_the_code_is_the_one_a_till_accepts(reader: Client, budi: CardHolder) -> None:
    ask_for_codes(budi)
    assert "Code for the till" in reader.get(budi.url()).content.decode()
    code = show_code(reader, budi)
    merchant = merchant_by_id(budi.merchant.id)
    with merchant_scope(merchant.id):
        require_verification_code(merchant=merchant, member_id=budi.id, points=101, code=code, at=timezone.now())
        with pytest.raises(VerificationRequired):
            require_verification_code(merchant=merchant, member_id=budi.id, points=101, code=code, at=timezone.now())
        require_verification_code(merchant=merchant, member_id=budi.id, points=100, code=None, at=timezone.now())


def test_a_look_at_the_page_shows_and_spends_no_code(reader: Client, budi: CardHolder) -> None:
    ask_for_codes(budi)
    code = show_code(reader, budi)
    assert not re.search(r">\d{3} \d{3}<", reader.get(budi.url("verification_code")).content.decode())
    merchant = merchant_by_id(budi.merchant.id)
    with merchant_scope(merchant.id):
        require_verification_code(merchant=merchant, member_id=budi.id, points=101, code=code, at=timezone.now())


def test_codes_are_not_shown_without_end(reader: Client, budi: CardHolder) -> None:
    ask_for_codes(budi)
    for _ in range(20):
        assert show_code(reader, budi)
    assert show_code(reader, budi, status=429) == ""


def test_a_store_that_asks_for_none_and_a_blocked_card_show_none(reader: Client, budi: CardHolder) -> None:
    assert reader.get(budi.url("verification_code")).status_code == 404
    assert "Code for the till" not in reader.get(budi.url()).content.decode()
    ask_for_codes(budi)
    with merchant_scope(budi.merchant.id):
        block(merchant=budi.merchant, member_id=budi.id, reason="x", at=timezone.now(), actor=SYSTEM)
    assert "This card is blocked" in reader.get(budi.url("verification_code")).content.decode()


def test_the_catalogue_says_what_is_missing_and_what_became_of_gifts(reader: Client, budi: CardHolder) -> None:
    merchant, at = budi.merchant, timezone.now()
    earn(budi, 150)
    with merchant_scope(merchant.id):
        bag = add_reward(
            merchant=merchant, title="Tas kanvas", points=100, description="Muat 5 kg", handover=Handover.PICKUP, at=at
        )
        add_reward(merchant=merchant, title="Set cangkir", points=400, at=at)
        add_reward(merchant=merchant, title="Rahasia", points=1, segments_any=("lapsed",), at=at)
        redeem_reward(
            merchant=merchant,
            till_id=budi.id,
            outlet_id=None,
            member_id=budi.id,
            reward_id=bag,
            quantity=1,
            hold=False,
            at=at,
            business_date=merchant.day_of(at),
        )
    page = reader.get(budi.url("rewards")).content.decode().replace("\u00a0", " ")
    for words in ("Tas kanvas", "Muat 5 kg", "50 poin more to go", "350 poin more to go", "Being made ready"):
        assert words in page, words
    assert "Rahasia" not in page
    assert "<script" not in page


def test_more_rewards_need_no_more_statements(reader: Client, budi: CardHolder) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reader.get(budi.url("rewards")).status_code == 200
        return len(captured)

    few = statements()
    with merchant_scope(budi.merchant.id):
        for number in range(8):
            add_reward(merchant=budi.merchant, title=f"Hadiah {number}", points=10, stock=2, at=timezone.now())
    assert statements() == few


def test_a_stranger_s_token_opens_neither(reader: Client, budi: CardHolder) -> None:
    wrong = replace(budi, token="A" * 22)
    for page in ("rewards", "verification_code"):
        assert reader.get(wrong.url(page)).status_code == 404
