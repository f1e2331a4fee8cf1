"""Settings > Debt from tills: what members owe by sales that were paid before we were asked, and its daily limit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from members.facts import MemberFacts
from merchants.facts import Role
from merchants.queries import merchant_by_id, till_by_id
from merchants.tenancy import merchant_scope
from sales.operations import void_sale
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_late_receipts import older_page
from tests.backoffice.test_search import sell
from tests.backoffice.test_settings import LIMITS, fields_of, review, save

PATH = "/receipts/debts/"


def owe(store: Store, reference: str, member: MemberFacts, **fields: Any) -> None:
    """Record a sale that was paid with more than the member has."""
    sell(store, reference, member, is_paid=True, **{"redeem_points": 500, **fields})


def test_nothing_owed_says_so(store: Store, owner: StaffPerson) -> None:
    sell(store, "R-1")
    page = owner.text(PATH)
    assert "No till left a debt in these days" in page
    assert "one till may leave Rp\xa0500.000 in a day" in page


def test_each_sale_is_listed_with_what_is_owed_and_lost(store: Store, owner: StaffPerson) -> None:
    dewi = store.member("Dewi Lestari")
    save(owner, LIMITS, till_debt_limit_amount="60.000")
    store.merchant = merchant_by_id(store.merchant.id)
    owe(store, "R-1", dewi)
    owe(store, "R-2", store.member("Sari Dewi"), redeem_points=200)
    owe(store, "R-3", store.member("Budi"), redeem_points=0, redeem_wallet_amount=7_000)
    page = owner.text(PATH)
    assert page.index("R-3") < page.index("R-2") < page.index("R-1")
    assert "3 receipts" in page
    assert "Dewi Lestari" in page
    assert 'data-label="Owed by the member">500\xa0' in page
    assert 'data-label="Owed by the member">100\xa0' in page
    assert 'data-label="Your loss">100\xa0' in page
    assert 'data-label="Your loss">Rp\xa07.000<' in page
    assert 'data-label="Owed, in money">Rp\xa060.000<' in page


def test_a_voided_receipt_is_listed_as_voided_and_owes_nothing(store: Store, owner: StaffPerson) -> None:
    for reference in ("R-1", "R-2"):
        owe(store, reference, store.member())
    with merchant_scope(store.merchant.id):
        till = till_by_id(merchant=store.merchant, till_id=store.till_id)
        void_sale(merchant=store.merchant, till=till, reference="R-1", reason="", received_at=timezone.now())
    page = owner.text(PATH)
    assert page.count("Voided") == 1
    assert page.count('data-label="Owed by the member">500\xa0') == 1
    assert page.count('data-label="Owed, in money">Rp\xa050.000<') == 2, "the receipt that is left, and the till"
    assert "2 receipts" in page


def test_days_and_till_narrow_the_list(store: Store, owner: StaffPerson) -> None:
    owe(store, "R-1", store.member())
    yesterday = (store.today - timedelta(days=1)).isoformat()
    assert "R-1" not in owner.text(PATH, first=yesterday, last=yesterday)
    assert "R-1" in owner.text(PATH, till=str(store.till_id))
    assert "R-1" in owner.text(PATH, till="no till", after="nonsense")
    assert "The last day is before the first day." in owner.text(PATH, first="2026-02-02", last="2026-02-01")


def test_who_sees_figures_sees_no_names_without_the_right(
    store: Store, owner: StaffPerson, stranger: StaffPerson
) -> None:
    owe(store, "R-1", store.member("Dewi Lestari"))
    assert "No access" in store.colleague(Role.INTEGRATOR).text(PATH, status=403)
    assert "R-1" not in stranger.text(PATH)
    assert "Dewi Lestari" in owner.text(PATH)


def test_the_limit_is_a_setting_in_money_with_what_it_means(store: Store, owner: StaffPerson) -> None:
    page = review(owner, LIMITS, till_debt_limit_amount="250.000")
    assert "Sales that tills send from now on. What members owe already stays." in page
    assert "A till without a connection takes points that are spent elsewhere already." in page
    save(owner, LIMITS, till_debt_limit_amount="250.000")
    assert merchant_by_id(store.merchant.id).till_debt_limit_amount == 250_000
    assert "<ins>Rp\xa0250.000</ins>" in owner.text("/settings/audit/")


@pytest.mark.parametrize("amount", ["", "-1", "banyak"])
def test_a_limit_that_is_none_is_refused(store: Store, owner: StaffPerson, amount: str) -> None:
    fields = {**fields_of(owner.text(LIMITS)), "till_debt_limit_amount": amount}
    assert 'href="#id_till_debt_limit_amount' in owner.post(LIMITS, status=400, **fields).content.decode()


def test_fifty_on_a_page(store: Store, owner: StaffPerson) -> None:
    for n in range(52):
        owe(store, f"R-{n:02}", store.member(), redeem_points=20)
    first = owner.text(PATH)
    assert ("R-51" in first, "R-02" in first, "R-01" in first) == (True, True, False)
    assert "R-01" in owner.text(PATH + older_page(first))
