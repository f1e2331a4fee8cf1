"""Receipts > Returns that wait for their sale: what waits, what a person has to look into, and closing it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from merchants.facts import AuditFilter, Role, TillFacts
from merchants.queries import audit_trail, outlet_by_id
from merchants.tenancy import merchant_scope
from sales.facts import ExchangeReturnDraft, RefundLineDraft
from sales.models import ParkedReturn
from sales.operations import give_up_parked_returns, refund_or_park
from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_promotions import till_of
from tests.backoffice.test_search import sell
from tests.sales_shop import refund_of

PATH = "/receipts/returns-waiting/"


def park(store: Store, reference: str, *, days_ago: int = 0) -> UUID:
    at = timezone.now() - timedelta(days=days_ago)
    with merchant_scope(store.merchant.id):
        outlet = outlet_by_id(merchant=store.merchant, outlet_id=store.outlet_id)
        till = TillFacts(store.till_id, "Kasir 1", outlet, store.merchant, frozenset())
        refund_or_park(
            merchant=store.merchant,
            till=till,
            reference=reference,
            draft=refund_of(("1", 3), reference=f"F-{reference}"),
            received_at=at,
        )
        return ParkedReturn.objects.get(merchant_id=store.merchant.id, reference=reference).id


def close_url(parked_id: UUID) -> str:
    return f"{PATH}{parked_id}/close/"


def test_nothing_waits(owner: StaffPerson) -> None:
    assert "No return waits for its sale" in owner.text(PATH)
    assert "wait for their sale" not in owner.text("/")


def test_what_waits_is_shown_and_the_overview_leads_there(store: Store, owner: StaffPerson) -> None:
    park(store, "T1-77")
    page = owner.text(PATH)
    for word in ("T1-77", "F-T1-77", "3 units", "waits for its sale"):
        assert word in page, word
    assert "/close/" not in page
    overview = owner.text("/")
    assert "1 return waits for its sale or for a decision." in overview
    assert f'href="{PATH}"' in overview


def test_goods_beyond_their_receipt_are_shown_with_what_they_had_cost_and_closed(
    store: Store, owner: StaffPerson
) -> None:
    sell(store, "R-1")
    five_of_four = ExchangeReturnDraft(lines=(RefundLineDraft("1", 5),), reference="R-1")
    sell(store, "X-1", returns=(five_of_four,), is_paid=True)
    page = owner.text(PATH)
    for words in ("Goods handed back beyond their receipt", "R-1", "X-1", "1 unit", "the sale does not allow it"):
        assert words in page, words
    assert "1 unit of receipt R-1 (Rp\xa025.000) could not be taken back" in page
    assert "More units were to come back than the sale has left." in page
    with merchant_scope(store.merchant.id):
        kept = ParkedReturn.objects.get(merchant_id=store.merchant.id, kind="excess")
    owner.post(close_url(kept.id), note="uang diganti kasir")
    assert "No return waits for its sale" in owner.text(PATH)


def test_a_wrong_clock_is_said_while_the_return_waits_and_on_its_receipt(store: Store, owner: StaffPerson) -> None:
    till = till_of(store)
    two_hours_behind = {"X-Till-Clock": (timezone.now() - timedelta(hours=2)).isoformat()}
    body = {
        "refund_reference": "F-1",
        "lines": [{"line_id": "1", "quantity": 1}],
        "occurred_at": two_hours_behind["X-Till-Clock"],
    }
    till.post("/sales/R-90/refunds", body, status=202, headers=two_hours_behind)
    words = "The till&#x27;s clock was 120 minutes behind; the time was corrected."
    assert words in owner.text(PATH)
    sold = till.sell("R-90", line(quantity=2))
    assert words in owner.text(f"/receipts/{sold['id']}/")


def test_a_return_whose_sale_never_came_is_closed_with_a_note(store: Store, owner: StaffPerson) -> None:
    parked_id = park(store, "T1-78", days_ago=31)
    with merchant_scope(store.merchant.id):
        give_up_parked_returns(merchant=store.merchant, now=timezone.now())
    assert "its sale never came" in owner.text(PATH)
    owner.post(close_url(parked_id), note="Sold at the old till, goods taken back by hand")
    assert "No return waits for its sale" in owner.text(PATH)
    with merchant_scope(store.merchant.id):
        trail = audit_trail(merchant=store.merchant, filters=AuditFilter(subject_kind="parked_return"))
    assert [(one.action, one.reason) for one in trail] == [
        ("parked_return.closed", "Sold at the old till, goods taken back by hand")
    ]


def test_one_that_still_waits_is_not_closed(store: Store, owner: StaffPerson) -> None:
    parked_id = park(store, "T1-79")
    owner.post(close_url(parked_id), note="no")
    assert "T1-79" in owner.text(PATH)


def test_without_a_note_nothing_is_closed_and_the_page_says_what_is_missing(store: Store, owner: StaffPerson) -> None:
    parked_id = park(store, "T1-80", days_ago=31)
    with merchant_scope(store.merchant.id):
        give_up_parked_returns(merchant=store.merchant, now=timezone.now())
    answer = owner.post(close_url(parked_id), status=422, note=" ")
    assert "The return was not closed" in answer.content.decode()
    assert "T1-80" in owner.text(PATH)


def test_a_viewer_reads_and_another_store_sees_nothing(store: Store, other_store: Store, stranger: StaffPerson) -> None:
    parked_id = park(store, "T1-81", days_ago=31)
    with merchant_scope(store.merchant.id):
        give_up_parked_returns(merchant=store.merchant, now=timezone.now())
    viewer = store.colleague(Role.ANALYST)
    assert "T1-81" in viewer.text(PATH)
    assert "/close/" not in viewer.text(PATH)
    assert "T1-81" not in stranger.text(PATH)
    stranger.post(close_url(parked_id), status=404, note="mine")


def test_the_list_takes_as_many_statements_for_many_as_for_one(store: Store, owner: StaffPerson) -> None:
    park(store, "T1-82")
    few = owner.statements(PATH)
    for number in range(5):
        park(store, f"T1-9{number}")
    assert owner.statements(PATH) == few
