"""Overview: figures with period and base, first steps of an empty store, the page of those who see no figures."""

from django.utils import timezone

from merchants.facts import SYSTEM, Role
from merchants.operations import issue_till_key
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import Person, Store


def test_an_empty_store_is_told_what_to_do_first(owner: Person) -> None:
    page = owner.text("/")
    assert "1 of 4 done" in page
    assert "No sales to members yet" in page
    assert "of Rp\xa00 member sales" in page


def test_steps_are_ticked_by_what_happened(store: Store, owner: Person) -> None:
    with merchant_scope(store.merchant.id):
        issue_till_key(merchant=store.merchant, till_id=store.till_id, at=timezone.now(), actor=SYSTEM)
    store.buyers(2)
    assert "Get started" not in owner.text("/")


def test_figures_name_their_period_and_base(store: Store, owner: Person) -> None:
    store.buyers(3, days_ago=10, amount=40_000)
    page = owner.text("/")
    assert "Rp\xa0120.000" in page
    assert "3 receipts" in page
    assert "100% of 3 buyers" in page


def test_another_store_s_sales_do_not_count(owner: Person, other_store: Store) -> None:
    other_store.buyers(3, days_ago=10, amount=40_000)
    assert "Rp\xa0120.000" not in owner.text("/")


def test_the_number_of_statements_does_not_grow_with_the_members(store: Store, owner: Person) -> None:
    store.buyers(2, days_ago=5)
    owner.get("/")  # the first page read after a change of the programme keeps its definitions
    few = owner.statements("/")
    store.buyers(9, days_ago=4)
    assert owner.statements("/") == few


def test_who_sees_no_figures_lands_on_the_first_page_of_the_role(store: Store) -> None:
    assert store.colleague(Role.CARE).get("/", status=302)["Location"] == "/members/"
    assert store.colleague(Role.INTEGRATOR).get("/", status=302)["Location"] == "/settings/tills/"
    assert "Your role does not open this page" in store.colleague(Role.CASHIER).text("/", status=403)
