"""`verify --self-test`: every corruption that a person with the database could plant is found, and none stays."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection
from pytest_django import DjangoDbBlocker

from loyalty.management.commands.verify import verification_modules
from loyalty.planted import PLANTS
from loyalty.repairs import advice_for
from loyalty.self_test import plant_all
from members.facts import ProfileChanges
from members.operations import confirm_card, edit_profile, issue_verification_code, issue_waiting_card
from merchants.facts import SYSTEM, MerchantFacts, Role
from merchants.models import TillKey
from merchants.operations import (
    add_staff,
    change_merchant_settings,
    claim_form,
    create_user,
    end_staff_access,
    invite_staff,
    revoke_till_key,
    store_form_answer,
)
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from messaging.facts import SuppressionReason
from messaging.operations import suppress_address
from products.facts import ProductDraft
from products.operations import save_products
from rewards.catalogue.facts import Fulfilment, Handover
from rewards.catalogue.operations import move_gift
from rewards.promotions.operations import end_promotion
from tests.api.till import line
from tests.campaign_shop import DRAFT, lapsed_shop
from tests.databases import database_url
from tests.flows.test_one_receipt import NOON, WHOLE, Receipt, ReceiptStory, pass_a_night
from tests.made_files import ask_approvals, make_file
from tests.operations.test_ledger_verify import eventful_book
from tests.product_server import ROOT, environment_for
from tests.sales_shop import open_selling_shop
from tests.smtp_sink import smtp_sink

LOOKED_AT_IN_PYTHON: Final = (
    ("campaigns", "I17", "pg_trigger"),
    ("campaigns", "I20", "rewards_coupon"),
    ("insights", "N1", "insights_scenario"),
    ("ledger", "I11", "ledger_sealedblock"),
    ("messaging", "I18", "pg_trigger"),
    ("members", "M3", "members_card"),
    ("members", "M3", "members_member"),
    ("members", "M6", "members_member"),
    ("products", "P7", "products_product"),
    ("segments", "G2", "segments_segmentmembership"),
    ("segments", "G3", "segments_segmentmembership"),
    ("segments", "G6", "segments_segmentmembership"),
)
SIMULATED: Final = (
    "only a shop that asked for a simulation has rows: planted in "
    "tests/operations/test_insights_simulation.py::test_verify_names_a_result_that_does_not_add_up"
)
NOT_PLANTED: Final = {
    ("campaigns", "I20", "rewards_coupon"): (
        "only a campaign with coupons has rows: planted in tests/database/test_campaign_guards.py"
    ),
    ("insights", "N1", "insights_scenario"): SIMULATED,
    ("insights", "N2", "insights_result"): SIMULATED,
}

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
        story = ReceiptStory(clock)
        receipt = Receipt(story)
        reward = story.shop.reward(points=30, stock=5)
        story.till.post("/redemptions", {"member_id": story.siti["id"], "reward_id": str(reward)}, status=201)
        ask_for_gift(story)
        returned = Receipt(story)
        story.shop.till()
        give_capped_points(story)
        climb_two_tiers(story)
        keep_house(story.merchant)
        pass_a_night(story)
        receipt.give_back(("1", 1))
        returned.give_back(*WHOLE)
        story.enrol(name="Baru")
        give_up_number(story)
        pass_a_night(story)
        leave_cards_waiting(story)
        make_file(story.merchant)
        ask_approvals(story.merchant)
        reserved = {**receipt.body, "reserve": True, "coupon_codes": [story.shop.coupon(member_id=None)]}
        story.till.post("/quotes", {**reserved, "gift_card_codes": [], "redeem_wallet_amount": 0, "redeem_points": 10})
    return story.merchant


def give_up_number(story: ReceiptStory) -> None:
    member = story.enrol(name="Pindah")
    with merchant_scope(story.merchant.id):
        now = datetime.now(UTC)
        edit_profile(
            merchant=story.merchant,
            member_id=UUID(member["id"]),
            changes=ProfileChanges(phone="0813 9000 1111"),
            business_date=now.date(),
            at=now,
            actor=SYSTEM,
        )


def ask_for_gift(story: ReceiptStory) -> None:
    """Ask for a gift and make it ready."""
    reward = story.shop.reward("Gelas", points=30, handover=Handover.PICKUP)
    body = {"member_id": story.siti["id"], "reward_id": str(reward)}
    redemption = story.till.post("/redemptions", body, status=201)
    with merchant_scope(story.merchant.id):
        move_gift(
            merchant=story.merchant,
            redemption_id=UUID(redemption["id"]),
            to=Fulfilment.READY,
            at=datetime.now(UTC),
            actor=SYSTEM,
        )


def give_capped_points(story: ReceiptStory) -> None:
    """Give a bonus under a cap per member and day, bought once, and end it."""
    bonus = story.publish(kind="earn_bonus", points=40, points_cap={"per_member_day": 600, "per_member_month": 900})
    story.till.sell("CAP-1", line("1", unit_amount=500_000), member_id=story.enrol(name="Puncak")["id"])
    now = datetime.now(UTC)
    with merchant_scope(story.merchant.id):
        end_promotion(merchant=story.merchant, promotion_id=UUID(bonus), starts_at=now, at=now, actor=SYSTEM)


def climb_two_tiers(story: ReceiptStory) -> None:
    climber = story.enrol(name="Naik")
    for reference, amount in (("TIER-1", 1_500_000), ("TIER-2", 6_000_000)):
        story.till.sell(reference, line("1", unit_amount=amount), member_id=climber["id"])


def keep_house(merchant: MerchantFacts) -> None:
    """Leave settings, keys, staff who came, went and were invited, a form, and goods whose cost changed twice a day."""
    now = datetime.now(UTC)
    with merchant_scope(merchant.id):
        change_merchant_settings(merchant=merchant, changes={"max_debt_points": 5_000}, at=now, actor=SYSTEM)
        key = TillKey.objects.filter(merchant_id=merchant.id).order_by("-id").first()
        assert key is not None
        revoke_till_key(merchant=merchant, key_id=key.id, at=now, actor=SYSTEM)
        gone = create_user(email=f"gone-{merchant.id.hex}@toko.example", name="Gone", password=None, language="id")
        add_staff(merchant=merchant, user_id=gone.id, role=Role.MANAGER, at=now, actor=SYSTEM)
        end_staff_access(merchant=merchant, user_id=gone.id, at=now, actor=SYSTEM)
        invite_staff(
            merchant=merchant,
            email=f"asked-{merchant.id.hex}@toko.example",
            name="Asked",
            role=Role.CARE,
            by="Ratna",
            at=now,
            actor=SYSTEM,
        )
        request_fingerprint = sha256(b"a form").digest()
        claim_form(merchant=merchant, request_fingerprint=request_fingerprint, at=now)
        store_form_answer(merchant=merchant, request_fingerprint=request_fingerprint, answer_url="/")
        for cost in (700, 800):
            draft = ProductDraft(sku="KOPI", cost_amount=cost)
            save_products(merchant=merchant, drafts=[draft], today=now.date(), at=now, actor=SYSTEM)


def leave_cards_waiting(story: ReceiptStory) -> None:
    """Leave three cards of a known number: one confirmed, one ended by that, one waiting; and a till's code."""
    member_id = UUID(story.siti["id"])
    with merchant_scope(story.merchant.id):
        now = datetime.now(UTC)
        asked: dict[str, Any] = {"merchant": story.merchant, "member_id": member_id}
        tokens = [issue_waiting_card(**asked, shown_name="Siti", at=now) for _ in range(2)]
        confirm_card(**asked, token=tokens[1], at=now + timedelta(minutes=1), actor=SYSTEM)
        issue_waiting_card(**asked, shown_name="Orang", at=now + timedelta(minutes=2))
        issue_verification_code(**asked, at=now)


def mailed_shop() -> MerchantFacts:
    shop = lapsed_shop(3)
    facts = shop.start(replace(DRAFT, control_percent=0))
    with smtp_sink() as sink:
        shop.send_until_done(facts.id, sink)
    with merchant_scope(shop.merchant.id):
        suppress_address(
            merchant=shop.merchant,
            email="jangan@toko.example",
            reason=SuppressionReason.BY_HAND,
            at=datetime.now(UTC),
            actor=SYSTEM,
        )
    return shop.merchant


def test_enough_is_planted() -> None:
    assert len(PLANTS) >= 150
    assert len({plant.name for plant in PLANTS}) == len(PLANTS)
    assert {plant.app for plant in PLANTS} == {
        "merchants",
        "products",
        "ledger",
        "members",
        "rewards",
        "sales",
        "segments",
        "campaigns",
        "messaging",
        "people",
    }


def declared_checks() -> set[tuple[str, str, str]]:
    """Return (app, invariant, table) of all statements that verify asks, and of what it checks in Python."""
    found = set(LOOKED_AT_IN_PYTHON)
    for app, module in verification_modules():
        for check in (*getattr(module, "CHECKS", ()), *getattr(module, "_STATEMENTS", ())):
            invariant, table = (check.invariant, check.table) if hasattr(check, "invariant") else check[:2]
            found.add((app, invariant, table))
    return found


def test_every_invariant_is_planted_against_or_has_a_reason() -> None:
    planted = {(plant.app, plant.invariant, plant.table) for plant in PLANTS}
    declared = declared_checks()
    assert declared - planted - set(NOT_PLANTED) == set(), "invariants that nothing proves able to find anything"
    assert planted - declared == set(), "planted against nothing"
    assert set(NOT_PLANTED) <= declared - planted, "reasons that are out of date"


def test_every_invariant_that_verify_names_in_its_code_is_known() -> None:
    """What Python checks is listed by hand: an invariant that the list does not name is found here."""
    known = {(app, invariant) for app, invariant, _ in declared_checks()}
    for app, module in verification_modules():
        path = Path(module.__file__ or "")
        sources = path.parent.glob("*.py") if path.name == "__init__.py" else [path]
        named = {name for source in sources for name in re.findall(r'"([A-Z]\d{1,2})"', source.read_text())}
        assert {(app, name) for name in named} <= known


@pytest.fixture(scope="module")
def shops(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Three shops for the tests of this file: nothing that is planted in them stays."""
    kept, django_settings.SEAL_DIR = django_settings.SEAL_DIR, tmp_path_factory.mktemp("seals")
    with django_db_blocker.unblock():
        yield [filled_shop(), eventful_book().merchant, mailed_shop()]
    django_settings.SEAL_DIR = kept


@pytest.mark.gate
def test_every_plant_changes_a_row_is_found_and_does_not_stay(shops: list[MerchantFacts]) -> None:
    with as_owner():
        results = list(plant_all(shops))
    assert [r.plant.name for r in results if r.merchant is None] == [], "planted nowhere: that proves nothing"
    assert [r.plant.name for r in results if r.merchant and not r.violation] == []
    assert [r.plant for r in results] == list(PLANTS)
    assert all(advice_for(r.violation) for r in results if r.violation)
    said = StringIO()
    call_command("verify", merchant=[str(shops[0].id)], stdout=said, no_color=True)
    assert "no violations" in said.getvalue()


def test_a_plant_that_changes_nothing_differs_from_one_that_is_missed(shops: list[MerchantFacts]) -> None:
    """The control: no row at all, and a change that no invariant speaks of."""
    nowhere = replace(PLANTS[0], statement="DELETE FROM ledger_hold WHERE merchant_id = %(m)s AND false RETURNING id")
    harmless = replace(
        PLANTS[0], statement="UPDATE ledger_hold SET amount = amount WHERE merchant_id = %(m)s RETURNING id"
    )
    with as_owner():
        rowless, missed = plant_all(shops[:1], [nowhere, harmless])
    assert (rowless.merchant, rowless.violation) == (None, None)
    assert (missed.merchant, missed.violation) == (shops[0], None)


def test_a_return_that_never_said_what_it_could_not_take_is_named_and_explained(shops: list[MerchantFacts]) -> None:
    """As one was kept before sales.0007: the claim is more than the book took, and nothing says why."""
    silent = replace(
        next(plant for plant in PLANTS if plant.table == "sales_refund"),
        statement="UPDATE sales_refund SET points_reversed = points_reversed + 7 WHERE merchant_id = %(m)s AND id = "
        "(SELECT id FROM sales_refund WHERE merchant_id = %(m)s ORDER BY id LIMIT 1) RETURNING id",
    )
    with as_owner():
        (result,) = plant_all(shops[:1], [silent])
    assert result.violation is not None
    assert (result.violation.invariant, result.violation.table) == ("I10", "sales_refund")
    assert "before migration sales.0007" in advice_for(result.violation)


# ---- the command, in a process of its own ---------------------------------------------------------------------------


def run_verify(*arguments: str, role: str = "app") -> tuple[int, str]:
    """Return the exit code and output of `manage.py verify`, over this process's test database."""
    name = str(connection.settings_dict["NAME"])
    environment = {
        **os.environ,
        **environment_for(name),
        "DATABASE_ROLE": role,
        "DATABASE_OWNER_URL": database_url(django_settings.DATABASE_OWNER_URL, name),
        "SEAL_DIR": str(django_settings.SEAL_DIR),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "verify", "--no-color", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.gate
def test_the_command_tests_itself(shops: list[MerchantFacts]) -> None:
    named = [f"--merchant={shop.slug}" for shop in shops]
    code, said = run_verify("--self-test", *named, role="owner")
    assert code == 0, said
    assert f"{len(PLANTS)} planted, {len(PLANTS)} found, 0 without a row" in said
    assert len(re.findall(r"^  found    ", said, re.MULTILINE)) == len(PLANTS)


@pytest.mark.gate
def test_the_command_says_what_was_planted_nowhere_and_needs_the_owner(shops: list[MerchantFacts]) -> None:
    empty = open_selling_shop().merchant
    code, said = run_verify("--self-test", f"--merchant={empty.slug}", role="owner")
    assert "  no row   spent points that are there again: none of these shops has one" in said
    assert code == 0, said
    with pytest.raises(ProgrammingError, match="must be owner"):  # the application role plants nothing
        call_command("verify", self_test=True, merchant=[empty.slug], stdout=StringIO())


@pytest.mark.gate
def test_the_command_counts_again_what_coupons_hold(shops: list[MerchantFacts]) -> None:
    """What can no longer be seen directly is derived from other rows; other findings stay as they are."""
    shop = shops[0]
    with merchant_scope(shop.id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rewards_coupon SET reserved = reserved + 1 WHERE merchant_id = %s AND id = (SELECT id FROM "
            "rewards_coupon WHERE merchant_id = %s AND max_uses > reserved + committed ORDER BY id LIMIT 1) "
            "RETURNING id",
            [shop.id, shop.id],
        )
        [(coupon_id,)] = cursor.fetchall()
    said = StringIO()
    with pytest.raises(CommandError, match="1 violations"):
        call_command("verify", merchant=[shop.slug], stdout=said, no_color=True)
    assert f"I15 rewards_coupon {coupon_id}" in said.getvalue()
    assert "Repair: manage.py verify --repair coupon-reservations" in said.getvalue()
    code, text = run_verify(f"--merchant={shop.slug}", "--repair=coupon-reservations")
    assert (code, "1 coupons counted again" in text) == (0, True), text
    call_command("verify", merchant=[shop.slug], stdout=said, no_color=True)
    call_command("verify", merchant=[shop.slug], repair="coupon-reservations", stdout=said)
    assert "0 coupons counted again" in said.getvalue(), "again: nothing is left to do"
    with merchant_scope(shop.id):
        trail = audit_entries(merchant=shop, subject_kind="coupon", subject_id=coupon_id)
    assert [entry.actor_label for entry in trail[:1]] == [SYSTEM.label]
