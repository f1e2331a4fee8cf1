"""`verify --self-test`: every corruption that a person with the database could plant is found, and none stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from loyalty.planted import PLANTS
from loyalty.repairs import advice_for
from loyalty.self_test import plant_all
from merchants.facts import SYSTEM, MerchantFacts
from merchants.models import TillKey
from merchants.operations import change_merchant_settings, revoke_till_key
from merchants.tenancy import merchant_scope
from tests.campaign_shop import DRAFT, lapsed_shop
from tests.flows.test_one_receipt import NOON, Receipt, Story, pass_a_night
from tests.operations.test_ledger_verify import eventful_book
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("real_commits")


@contextmanager
def as_owner() -> Iterator[None]:
    """Django's connection as the owner of the tables, as `manage.py verify --self-test` has it."""
    owner = urlsplit(django_settings.DATABASE_OWNER_URL)
    given = {"USER": unquote(owner.username or ""), "PASSWORD": unquote(owner.password or "")}
    kept = {name: connection.settings_dict[name] for name in given}
    connection.close()
    connection.settings_dict.update(given)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)


def filled_shop() -> MerchantFacts:
    """One shop in which everything has happened once: offers, gift cards, referrals, returns, nights and seals."""
    with time_machine.travel(NOON, tick=False) as clock:
        story = Story(clock)
        receipt = Receipt(story)
        reward = story.shop.reward(points=30, stock=5)
        story.till.post("/redemptions", {"member_id": story.siti["id"], "reward_id": str(reward)}, status=201)
        story.till.post(
            "/quotes",
            {
                **receipt.body,
                "reserve": True,
                "coupon_codes": [story.shop.coupon(member_id=None)],
                "gift_card_codes": [],
                "redeem_wallet_amount": 0,
                "redeem_points": 10,
            },
        )
        story.shop.till()
        now = datetime.now(UTC)
        with merchant_scope(story.merchant.id):
            change_merchant_settings(merchant=story.merchant, changes={"max_debt_points": 5_000}, at=now, actor=SYSTEM)
            key = TillKey.objects.filter(merchant_id=story.merchant.id).order_by("-id").first()
            assert key is not None
            revoke_till_key(merchant=story.merchant, key_id=key.id, at=now, actor=SYSTEM)
        pass_a_night(story)
        receipt.give_back(("1", 1))
        story.enrol(name="Baru")
        pass_a_night(story)
    return story.merchant


def mailed_shop() -> MerchantFacts:
    shop = lapsed_shop(3)
    facts = shop.start(replace(DRAFT, control_percent=0))
    with smtp_sink() as sink:
        shop.send_until_done(facts.id, sink)
    return shop.merchant


def test_enough_is_planted() -> None:
    assert len(PLANTS) >= 60
    assert len({plant.name for plant in PLANTS}) == len(PLANTS)
    assert {plant.app for plant in PLANTS} == {"merchants", "ledger", "members", "rewards", "sales", "campaigns"}


def test_every_plant_is_found_and_none_stays(settings: Settings, tmp_path: Path) -> None:
    settings.SEAL_DIR = tmp_path
    shops = [filled_shop(), eventful_book().merchant, mailed_shop()]
    with as_owner():
        results = list(plant_all(shops))
    missed = [r.plant.name for r in results if r.merchant and not r.violation]
    rowless = [r.plant.name for r in results if r.merchant is None]
    assert not missed
    assert set(rowless) <= {"points beyond what a cap lets a member earn", "a tier nobody reached"}
    assert len(results) == len(PLANTS)
    assert all(advice_for(r.violation) for r in results if r.violation)
    said = StringIO()
    call_command("verify", merchant=[str(shops[0].id)], stdout=said, no_color=True)
    assert "no violations" in said.getvalue()
