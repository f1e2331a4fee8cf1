"""A receipt's page: goods taken back by line, the receipt voided or given to a member, by those who may, once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from members.facts import MemberFacts
from merchants.facts import AuditFilter, Role, TillFacts
from merchants.queries import audit_trail, outlet_by_id
from merchants.tenancy import merchant_scope
from sales.facts import SaleFacts
from sales.models import Refund, Sale
from sales.operations import record_sale
from sales.queries import receipt_detail
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.filled import FilledForms
from tests.backoffice.test_promotions import till_of
from tests.backoffice.test_search import sell
from tests.pages import unfold
from tests.sales_shop import line
from tests.sales_shop import sale as sale_draft


def receipt_of(store: Store, sale: SaleFacts) -> Any:
    with merchant_scope(store.merchant.id):
        return receipt_detail(merchant=store.merchant, sale_id=sale.id)


def drawn(page: str) -> dict[str, Any]:
    """Return what the page's form would send as it is drawn, hidden boxes included."""
    (form,) = [one for one in FilledForms.of(page) if one["method"] == "post" and "reason" in one["fields"]]
    return dict(form["fields"])


def reviewed(person: StaffPerson, path: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    """Fill the form in and press Review; return the page and what its button would send."""
    entered = drawn(person.text(path)) | fields
    page = person.post(path, status=200, **entered).content.decode()
    mark = re.search(r'name="confirmed" value="([^"]*)"', page)
    assert mark is not None, page[-3000:]
    button = mark[1].replace("&#x27;", "'")
    return unfold(page), drawn(page) | {"confirmed": button}


def sold_before(store: Store, reference: str, *, days: int) -> SaleFacts:
    at = timezone.now() - timedelta(days=days)
    with merchant_scope(store.merchant.id):
        outlet = outlet_by_id(merchant=store.merchant, outlet_id=store.outlet_id)
        till = TillFacts(store.till_id, "Kasir 1", outlet, store.merchant, frozenset())
        draft = sale_draft(line(1, 100_000), reference=reference, occurred_at=at)
        return record_sale(merchant=store.merchant, till=till, draft=draft, received_at=at).sale


def trail_of(store: Store) -> list[tuple[str, str, str]]:
    with merchant_scope(store.merchant.id):
        found = audit_trail(merchant=store.merchant, filters=AuditFilter(subject_kind="receipt"))
    return [(one.action, one.reason, one.actor_label) for one in found]


def member_with_receipt(store: Store) -> tuple[MemberFacts, SaleFacts]:
    member = store.member("Joko Pembeli")
    return member, sell(store, "R-7", member)


def test_two_of_four_units_come_back_as_the_till_would_take_them(store: Store, owner: StaffPerson) -> None:
    member, sale = member_with_receipt(store)
    earned = store.balance(member)
    path = f"/receipts/{sale.id}/refund/"
    assert f'href="{path}"' in owner.text(f"/receipts/{sale.id}/")
    page, fields = reviewed(owner, path, **{"units-0": "2", "reason": "gelas pecah"})
    for words in ("Hand back Rp\xa050.000.", "Taken back: 5 poin", f"balance afterwards: {earned - 5}"):
        assert words in page, words
    assert store.balance(member) == earned
    assert receipt_of(store, sale).returns == ()

    answer = owner.post(path, **fields)
    told = owner.text(answer["Location"])
    for words in ("The goods are taken back.", "Hand back Rp\xa050.000.", "Taken back: 5 poin", "gelas pecah"):
        assert words in told, words
    assert "staff:" not in told
    assert store.balance(member) == earned - 5
    (returned,) = receipt_of(store, sale).returns
    assert (returned.refund.amount, returned.reason) == (50_000, "gelas pecah")
    assert trail_of(store) == [("receipt.refunded", "gelas pecah", owner.email)]


def test_the_same_button_pressed_twice_takes_back_once(store: Store, owner: StaffPerson) -> None:
    _, sale = member_with_receipt(store)
    path = f"/receipts/{sale.id}/refund/"
    _, fields = reviewed(owner, path, **{"units-0": "1", "reason": "x"})
    first, second = owner.post(path, **fields), owner.post(path, **fields)
    assert first["Location"] == second["Location"]
    assert len(receipt_of(store, sale).returns) == 1


def test_who_saw_an_older_receipt_changes_nothing(store: Store, owner: StaffPerson) -> None:
    _, sale = member_with_receipt(store)
    path = f"/receipts/{sale.id}/refund/"
    _, first = reviewed(owner, path, **{"units-0": "1", "reason": "x"})
    _, second = reviewed(owner, path, **{"units-0": "1", "reason": "x"})
    _, void = reviewed(owner, f"/receipts/{sale.id}/void/", reason="y")
    owner.post(path, **first)
    assert "Somebody else changed this receipt" in owner.post(path, status=400, **second).content.decode()
    assert "Somebody else" in owner.post(f"/receipts/{sale.id}/void/", status=400, **void).content.decode()
    assert len(receipt_of(store, sale).returns) == 1


def test_what_cannot_come_back_is_said_at_its_box(store: Store, owner: StaffPerson) -> None:
    _, sale = member_with_receipt(store)
    path = f"/receipts/{sale.id}/refund/"
    entered = drawn(owner.text(path))
    for units, words in (
        ({"units-0": "5"}, "Only 4 units are left of it"),
        ({"units-0": "-1"}, "Write 0 or more"),
        ({}, "Write how many units come back"),
        ({"units-0": "1", "reason": " "}, "Reason"),
    ):
        page = owner.post(path, status=400, **entered | {"reason": "rusak"} | units).content.decode()
        assert words in page, words
        assert 'name="confirmed"' not in page
    assert receipt_of(store, sale).returns == ()


def test_a_receipt_is_voided_and_then_offers_nothing_more(store: Store, owner: StaffPerson) -> None:
    member, sale = member_with_receipt(store)
    path = f"/receipts/{sale.id}/void/"
    page, fields = reviewed(owner, path, reason="salah ketik")
    assert "Void the receipt, hand back Rp\xa0115.000" in page
    told = owner.text(owner.post(path, **fields)["Location"])
    assert "The receipt is voided." in told
    assert "/refund/" not in told
    assert "/void/" not in told
    assert receipt_of(store, sale).status == "voided"
    assert store.balance(member) == 0
    assert trail_of(store) == [("receipt.voided", "salah ketik", owner.email)]
    again = owner.post(path, status=400, **drawn(owner.text(path)) | {"reason": "x"})
    assert "voided already" in again.content.decode()


def test_the_goods_may_come_back_at_another_till(store: Store, owner: StaffPerson) -> None:
    _, sale = member_with_receipt(store)
    owner.save("/settings/tills/new/", name="Kasir 9", outlet=str(store.outlet_id), outlet_id=str(store.outlet_id))
    path = f"/receipts/{sale.id}/refund/"
    other = re.search(r'<option value="([0-9a-f-]{36})"\s*>[^<]*Kasir 9', owner.text(path))
    assert other is not None
    _, fields = reviewed(owner, path, **{"units-1": "1", "reason": "x", "till": other[1]})
    owner.post(path, **fields)
    with merchant_scope(store.merchant.id):
        refund = Refund.objects.get(merchant_id=store.merchant.id, sale_id=sale.id)
    assert refund.till_id == UUID(other[1])
    page = owner.post(
        path, status=400, **drawn(owner.text(path)) | {"units-0": "1", "reason": "x", "till": str(sale.id)}
    )
    assert "Taken back at" in page.content.decode()


def test_a_coupon_that_was_used_comes_back_and_that_is_said(store: Store, owner: StaffPerson) -> None:
    member = store.member()
    owner.save(
        "/offers/coupons/new/",
        kind="shared",
        title="Lebaran",
        text="LEBARAN27",
        offer_kind="amount",
        amount="5.000",
        limit="100",
    )
    till_of(store).sell("K-1", coupon_codes=["LEBARAN27"], member_id=str(member.id))
    with merchant_scope(store.merchant.id):
        sale = Sale.objects.get(merchant_id=store.merchant.id, reference="K-1")
    path = f"/receipts/{sale.id}/void/"
    page, fields = reviewed(owner, path, reason="x")
    assert "The coupon “Lebaran” can be used again." in page
    told = owner.text(owner.post(path, **fields)["Location"])
    assert told.count("The coupon “Lebaran” can be used again.") == 2


def test_an_anonymous_receipt_is_given_to_a_member_once(store: Store, owner: StaffPerson) -> None:
    sale, member = sell(store, "A-1"), store.member("Joko Pembeli")
    care = store.colleague(Role.CARE)
    search = f"/receipts/{sale.id}/claim/"
    assert f'href="{search}"' in care.text(f"/receipts/{sale.id}/")
    path = f"{search}{member.id}/"
    assert f'href="{path}"' in care.text(search, q="joko")
    page = care.text(path)
    assert "Joko Pembeli gets 11 poin; the balance becomes 11." in page
    assert store.balance(member) == 0
    fields = drawn(page)
    assert "Reason" in care.post(path, status=400, **fields | {"reason": ""}).content.decode()
    first = care.post(path, **fields | {"reason": "lupa kartu"})
    assert "Joko Pembeli gets 11 poin; the balance becomes 11." in care.text(first["Location"])
    assert care.post(path, **fields | {"reason": "lupa kartu"})["Location"] == first["Location"]
    assert store.balance(member) == 11
    assert trail_of(store) == [("receipt.claimed", "lupa kartu", care.email)]
    assert search not in care.text(f"/receipts/{sale.id}/")
    other = store.member("Siti Lain")
    assert "Somebody else changed this receipt" in care.text(f"{search}{other.id}/")
    assert store.balance(other) == 0


def test_a_receipt_that_cannot_be_claimed_says_why(store: Store, owner: StaffPerson) -> None:
    member = store.member()
    old = sold_before(store, "A-1", days=300)
    assert "This one is older" in owner.text(f"/receipts/{old.id}/claim/{member.id}/")
    recent = sell(store, "A-2")
    path = f"/receipts/{recent.id}/claim/{member.id}/"
    fields = drawn(owner.text(path))
    owner.post(f"/members/{member.id}/block/", reason="uji", _store=fields["_store"])
    assert "This member is blocked" in owner.post(path, status=400, **fields | {"reason": "x"}).content.decode()


def test_only_those_with_the_right_change_a_receipt(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    member, sale = member_with_receipt(store)
    anonymous = sell(store, "A-1")
    for role, returns, claims in (
        (Role.MANAGER, True, True),
        (Role.CARE, False, True),
        (Role.MARKETER, False, False),
        (Role.ANALYST, False, False),
    ):
        person = store.colleague(role)
        for path, is_allowed in (
            (f"/receipts/{sale.id}/refund/", returns),
            (f"/receipts/{sale.id}/void/", returns),
            (f"/receipts/{anonymous.id}/claim/{member.id}/", claims),
            (f"/receipts/{anonymous.id}/claim/", claims),
        ):
            person.get(path, status=200 if is_allowed else 403)
        if role is not Role.ANALYST:
            shown = person.text(f"/receipts/{sale.id}/")
            assert (f"/receipts/{sale.id}/void/" in shown) == returns
    for path in ("refund/", "void/", "claim/", f"claim/{member.id}/"):
        stranger.get(f"/receipts/{sale.id}/{path}", status=404)


def test_what_was_shown_of_a_receipt_without_a_member_is_not_done_to_one_with(store: Store, owner: StaffPerson) -> None:
    sale, member = sell(store, "A-1"), store.member("Joko Pembeli")
    path, claim = f"/receipts/{sale.id}/void/", f"/receipts/{sale.id}/claim/{member.id}/"
    page, void = reviewed(owner, path, reason="salah input")
    assert "poin" not in page.split("This is what happens")[1].split("</ul>")[0]
    owner.post(claim, **drawn(owner.text(claim)) | {"reason": "lupa kartu"})
    assert "Somebody else changed this receipt" in owner.post(path, status=400, **void).content.decode()
    assert (store.balance(member), receipt_of(store, sale).returns) == (11, ())


def test_what_a_member_was_to_get_for_a_whole_receipt_is_not_given_for_a_part(store: Store, owner: StaffPerson) -> None:
    sale, member = sell(store, "A-1"), store.member("Joko Pembeli")
    claim, refund = f"/receipts/{sale.id}/claim/{member.id}/", f"/receipts/{sale.id}/refund/"
    shown = drawn(owner.text(claim)) | {"reason": "lupa kartu"}
    _, part = reviewed(owner, refund, **{"units-0": "1", "reason": "rusak"})
    owner.post(refund, **part)
    assert "Somebody else changed this receipt" in owner.post(claim, status=400, **shown).content.decode()
    assert store.balance(member) == 0


def test_a_number_that_looks_like_another_receipt_s_id_is_not_taken_for_it(store: Store, owner: StaffPerson) -> None:
    sale = sell(store, "A-1")
    twin = sell(store, str(sale.id))
    path = f"/receipts/{sale.id}/void/"
    _, void = reviewed(owner, path, reason="salah input")
    owner.post(path, **void)
    assert [len(receipt_of(store, one).returns) for one in (sale, twin)] == [1, 0]
