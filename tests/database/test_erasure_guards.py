"""Raw SQL that tries to bring an erased member back, or to change history where only erasure may empty it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connection

from common.ids import new_id
from ledger.facts import CHANGE_POINTS, AskedMovement, Unit
from ledger.operations import ask_movement
from members.facts import (
    ConsentMethod,
    DataRequestDraft,
    DataRequestKind,
    IdentityCheck,
    MemberFacts,
    ProfileChanges,
    RequestAsker,
)
from members.operations import edit_profile, record_data_request
from merchants.facts import SYSTEM, Actor, Role
from merchants.operations import record_audit
from merchants.tenancy import merchant_scope
from people.operations import erase_member
from rewards.catalogue.operations import add_reward
from sales.operations import refund_or_park
from tests.database.test_blocked_member_guards import copy_row, runs
from tests.database.test_sales_guards import refused
from tests.sales_shop import NOW, SellingShop, open_selling_shop, refund_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


def ask_and_erase(shop: SellingShop, found: MemberFacts) -> None:
    today = shop.merchant.day_of(NOW)
    draft = DataRequestDraft(
        DataRequestKind.ERASURE, RequestAsker.MEMBER, ConsentMethod.PHONE, IdentityCheck.CARD, today
    )
    asked = record_data_request(
        merchant=shop.merchant, member_id=found.id, draft=draft, actor=SYSTEM, at=NOW, business_date=today
    )
    erase_member(merchant=shop.merchant, request_id=asked.id, actor=SYSTEM, at=NOW)


@pytest.mark.parametrize(
    "change",
    [
        "name = 'Budi'",
        "phone = '+6281234567890'",
        "email = 'a@b.id', email_key = 'a@b.id'",
        "birth_date = '1990-01-01'",
        "area = 'Depok'",
        'attributes = \'{"ukuran": "M"}\'',
        "notes = 'x'",
        "external_ref = 'CRM-1'",
        "promo_email = true",
        "erased_at = NULL",
    ],
)
def test_nothing_personal_comes_back_to_an_erased_member(shop: SellingShop, change: str) -> None:
    ask_and_erase(shop, shop.join())
    said = refused(f"UPDATE members_member SET {change} WHERE status = 'erased'")
    assert "member_erased_is_empty" in said or "was erased" in said or "promo_email is" in said


@pytest.mark.parametrize("change", ["status = 'active', erased_at = NULL", "number = '184212345675'"])
def test_an_erased_member_stays_erased(shop: SellingShop, change: str) -> None:
    ask_and_erase(shop, shop.join())
    assert "was erased" in refused(f"UPDATE members_member SET {change} WHERE status = 'erased'")


def test_no_one_is_called_erased_who_is_still_known(shop: SellingShop) -> None:
    shop.join()
    assert "member_erased_is_empty" in refused("UPDATE members_member SET status = 'erased', erased_at = now()")


def test_nothing_is_sold_to_an_erased_member(shop: SellingShop) -> None:
    sari = shop.join()
    shop.sell(member=sari)
    again = copy_row("sales_sale", reference="'R-2'")
    ask_and_erase(shop, sari)
    assert "is blocked" in refused(again)


def test_the_words_of_an_audit_entry_can_go_and_nothing_else_of_it(shop: SellingShop) -> None:
    record_audit(
        merchant=shop.merchant,
        actor=SYSTEM,
        action="member.blocked",
        at=NOW,
        subject=("member", None),
        after={"status": "blocked", "note": "Budi"},
        reason="Budi",
    )
    for change in ("reason = 'x'", 'after = \'{"status": "active"}\'', 'after = after || \'{"note": "x"}\''):
        assert "never changed" in refused(f"UPDATE merchants_auditentry SET {change}")
    for change in ("action = ''", "actor_label = ''", "at = now()"):
        assert "permission denied" in refused(f"UPDATE merchants_auditentry SET {change}")
    assert runs("UPDATE merchants_auditentry SET reason = '', after = after - 'note' WHERE reason = 'Budi'") == 1


def test_the_application_may_not_touch_the_rest_of_history(shop: SellingShop) -> None:
    sari = shop.join()
    shop.sell(member=sari)
    for table, column in (("merchants_auditentry", "actor_label"), ("ledger_transfer", "change")):
        assert "permission denied" in refused(f"UPDATE {table} SET {column} = {column}")
    for table in ("merchants_auditentry", "ledger_transfer", "sales_refund"):
        assert "permission denied" in refused(f"DELETE FROM {table}")
    assert runs("UPDATE ledger_transfer SET note = ''") > 0
    assert "never changed" in refused("UPDATE ledger_transfer SET note = 'x'")


def test_a_contact_that_was_given_up_goes_only_with_its_member(shop: SellingShop) -> None:
    sari = shop.join(phone="081234567890")
    edit_profile(
        merchant=shop.merchant,
        member_id=sari.id,
        changes=ProfileChanges(phone="081234567891"),
        actor=SYSTEM,
        at=NOW,
        business_date=shop.merchant.day_of(NOW),
    )
    assert "never changed" in refused("DELETE FROM members_formercontact")
    assert "never changed" in refused("UPDATE members_formercontact SET contact_hash = contact_hash")
    ask_and_erase(shop, sari)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM members_formercontact")
        assert cursor.fetchone() == (0,)


def test_what_was_typed_in_an_approval_can_go_and_nothing_else_of_it(shop: SellingShop) -> None:
    asked = AskedMovement(CHANGE_POINTS, shop.join().id, Unit.POINTS, 900_000, "goodwill", "dari Budi", new_id())
    asker = Actor(new_id(), "dewi@kopi.example", Role.OWNER)
    ask_movement(merchant=shop.merchant, asked=asked, actor=asker, at=NOW)
    for change in (
        "asked_reason = 'x'",
        'figures = figures || \'{"note": "x"}\'',
        'figures = figures || \'{"note": "", "change": 1}\'',
        "asked_reason = '', asked_by = 'x'",
    ):
        assert "keeps what was asked" in refused(f"UPDATE merchants_approval SET {change}")
    assert runs("UPDATE merchants_approval SET asked_reason = '', figures = figures || '{\"note\": \"\"}'") == 1


def test_words_about_stock_and_parked_returns_can_only_go(shop: SellingShop) -> None:
    add_reward(merchant=shop.merchant, title="Gelas", points=10, stock=5, at=NOW)
    assert "never changed" in refused("UPDATE rewards_stockmovement SET reason = 'x'")
    assert "permission denied" in refused("UPDATE rewards_stockmovement SET change = 9")
    assert runs("UPDATE rewards_stockmovement SET reason = ''") == 1
    draft = replace(refund_of(("1", 1)), reason="Budi")
    refund_or_park(merchant=shop.merchant, till=shop.till, reference="R-9", draft=draft, received_at=NOW)
    for change in ("reason = 'x'", "reason = '', reference = 'R-8'", "reason = '', lines = '[]'"):
        assert "what was asked stands" in refused(f"UPDATE sales_parkedreturn SET {change}")
    assert "no step" in refused("UPDATE sales_parkedreturn SET note = 'x'")
    assert runs("UPDATE sales_parkedreturn SET reason = ''") == 1
