"""Every form of a staff page that makes something makes it once, however often the same page is sent."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve

from backoffice import sent_forms
from backoffice.store_marks import mark_of
from common.models import MerchantOwned
from merchants.models import SentForm
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import Store
from tests.backoffice.filled import FilledForms
from tests.backoffice.test_simulator import earning
from tests.backoffice.test_simulator import fields as simulated
from tests.backoffice.test_walk import walk

NOT_COUNTED: Final = {"SentForm"}


@dataclass(frozen=True)
class TwiceSent:
    """Where the form is sent, what is filled in, the button, and the page that shows it if that is another one."""

    path: str
    fields: Mapping[str, Any]
    button: str = ""
    page: str = ""


def drawn(store: Store, page: str, address: str = "") -> dict[str, Any]:
    """Return what the page's form to this address would send as it was drawn, hidden boxes included."""
    found = [
        form["fields"]
        for form in FilledForms.of(store.owner.text(page))
        if form["method"] == "post" and form["action"] == address
    ]
    assert len(found) == 1, (page, found)
    assert found[0]["csrfmiddlewaretoken"]
    fields: dict[str, Any] = found[0]
    return fields


def counts(store: Store) -> dict[str, int]:
    """Count the rows of this merchant in every table of ours."""
    tables = [model for model in apps.get_models() if issubclass(model, MerchantOwned)]
    with merchant_scope(store.merchant.id):
        return {
            model.__name__: model.objects.filter(merchant_id=store.merchant.id).count()  # type: ignore[attr-defined]
            for model in tables
            if model.__name__ not in NOT_COUNTED
        }


COUPONS: Final = {
    "kind": "codes",
    "title": "Diskon Lebaran",
    "count": "10",
    "offer_kind": "percent",
    "percent": "10",
    "cap_amount": "20.000",
}
CASES: Final[Mapping[str, TwiceSent]] = {
    "member": TwiceSent("/members/new/", {"name": "Ayu", "phone": "0812-3456-7890"}),
    "view": TwiceSent("/views/members/new/", {"name": "Depok"}, page="/members/?segment=lapsed"),
    "campaign": TwiceSent(
        "/campaigns/new/",
        {
            "name": "Ajak kembali",
            "segment": "lapsed",
            "control_percent": "10",
            "frequency_cap_days": "7",
            "measure_days": "14",
        },
    ),
    "coupons": TwiceSent("/offers/coupons/new/", COUPONS),
    "shared code": TwiceSent(
        "/offers/coupons/new/",
        {
            "kind": "shared",
            "title": "Lebaran",
            "text": "LEBARAN27",
            "offer_kind": "amount",
            "amount": "5.000",
            "limit": "100",
        },
    ),
    "promotion": TwiceSent("/offers/promotions/new/bundle/", {"title": "3 kopi"}, button="publish"),
    "draft": TwiceSent("/offers/promotions/new/bundle/", {"title": "3 kopi"}, button="keep"),
    "reward": TwiceSent("/rewards/new/", {"title": "Tas kanvas", "kind": "goods", "points": "500", "stock": "5"}),
    "partner": TwiceSent("/rewards/partners/new/", {"name": "PT Kopi Nusantara"}),
    "moment": TwiceSent(
        "/offers/moments/new/",
        {"name": "Ulang tahun toko", "repeats": "yearly", "month": "5", "first_day": "3", "days": "1"},
    ),
    "outlet": TwiceSent("/settings/outlets/new/", {"name": "Depok", "timezone": "Asia/Jakarta"}),
    "till": TwiceSent("/settings/tills/new/", {"name": "Kasir 9"}),
    "person": TwiceSent("/settings/staff/new/", {"name": "Siti", "email": "siti@contoh.example", "role": "manager"}),
    "gift cards": TwiceSent(
        "/loyalty/gift-cards/new/",
        {"title": "Kado", "amount": "50.000", "count": "3", "use": "given", "reason": "uji", "confirmed": "150000"},
    ),
    "simulation": TwiceSent("/simulator/new/", {}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_form_sent_twice_makes_it_once(store: Store, name: str) -> None:
    case = CASES[name]
    if name == "simulation":
        case = replace(case, path=f"/simulator/new/?rule={earning(store)}", fields=simulated(store))
    page, address = (case.page, case.path) if case.page else (case.path, "")
    fields = drawn(store, page, address) | dict(case.fields) | ({case.button: "1"} if case.button else {})
    before = counts(store)
    first = store.owner.client.post(case.path, fields)
    if first.status_code == 200 and case.button == "publish":  # warnings are read first
        fields = drawn_again(first, fields)
        first = store.owner.client.post(case.path, fields)
    assert first.status_code == 302, first.content.decode()[-3000:]
    made = counts(store)
    assert made != before, "the form of this case makes nothing"
    second = store.owner.client.post(case.path, fields)
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert counts(store) == made
    assert (
        "This form was sent twice. It was carried out once."
        in store.owner.client.get(second["Location"], follow=True).content.decode()
    )


def drawn_again(response: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    page = next(form for form in FilledForms.of(response.content.decode()) if "seen" in form["fields"])
    return {**fields, **{key: page["fields"][key] for key in ("csrfmiddlewaretoken", "seen")}}


def test_a_form_that_is_opened_again_is_another_form(store: Store) -> None:
    made = []
    for _ in range(2):
        answer = store.owner.post("/offers/coupons/new/", **drawn(store, "/offers/coupons/new/") | COUPONS)
        made.append(answer["Location"])
    assert made[0] != made[1]


def test_other_entries_on_the_same_page_are_another_form(store: Store) -> None:
    page = drawn(store, "/offers/coupons/new/")
    store.owner.post("/offers/coupons/new/", **page | COUPONS)
    made = counts(store)
    store.owner.post("/offers/coupons/new/", **page | COUPONS | {"title": "Diskon Natal"})
    assert counts(store) != made


def test_what_was_refused_is_not_carried_out_and_can_be_sent_again(store: Store) -> None:
    page = drawn(store, "/offers/coupons/new/")
    store.owner.post("/offers/coupons/new/", status=400, **page | COUPONS | {"percent": ""})
    with merchant_scope(store.merchant.id):
        assert not SentForm.objects.filter(merchant_id=store.merchant.id).exists()
    store.owner.post("/offers/coupons/new/", **page | COUPONS)


def test_a_key_is_issued_once_and_a_second_look_leads_to_the_list(store: Store) -> None:
    path = f"/settings/tills/{store.till_id}/keys/new/"
    fields = drawn(store, path)
    first = store.owner.client.post(path, fields)
    assert first.status_code == 200
    second = store.owner.client.post(path, fields)
    assert (second.status_code, second.headers.get("Location")) == (302, "/settings/tills/")
    assert store.owner.text("/settings/tills/").count('data-dialog="revoke-') == 1


def test_a_file_of_products_is_taken_once_and_another_file_is_another_form(store: Store) -> None:
    fields = drawn(store, "/products/import/")

    def send(text: str) -> Any:
        file = SimpleUploadedFile("barang.csv", text.encode(), "text/csv")
        return store.owner.client.post("/products/import/", {**fields, "file": file})

    first, second = send("sku,name\nA,Kopi\n"), send("sku,name\nA,Kopi\n")
    assert first["Location"] == second["Location"]
    assert send("sku,name\nB,Teh\n")["Location"] != first["Location"]


def test_nothing_is_shared_between_merchants_or_people(store: Store, other_store: Store) -> None:
    fields = drawn(store, "/offers/coupons/new/") | COUPONS
    first = store.owner.client.post("/offers/coupons/new/", fields)
    theirs = other_store.owner.client.post(
        "/offers/coupons/new/", fields | {"_store": mark_of(other_store.merchant.id)}
    )
    assert theirs["Location"] != first["Location"]
    other_store.owner.get(first["Location"], status=404)


def test_without_the_claim_the_second_one_counts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of this file."""
    monkeypatch.setattr(sent_forms, "claim_form", lambda **claim: None)
    fields = drawn(store, "/offers/coupons/new/") | COUPONS
    first, second = (store.owner.client.post("/offers/coupons/new/", fields) for _ in range(2))
    assert first["Location"] != second["Location"]


@pytest.mark.gate
def test_every_form_of_every_page_is_one_that_can_be_known_again(store: Store) -> None:
    """Each form carries the token, and each address is a staff page: no form gets past `carry_out_once`."""
    views: dict[str, Callable[..., Any]] = {}
    for path, page in walk(store.owner, "en").items():
        for form in (form for form in FilledForms.of(page.markup) if form["method"] == "post"):
            address = form["action"] or path.partition("?")[0]
            views[address] = resolve(address.partition("?")[0]).func
            if "csrfmiddlewaretoken" not in form["fields"]:
                raise AssertionError((path, form))
    assert len(views) > 15
    outside = {path for path, view in views.items() if view.__module__.startswith("backoffice") and not once(view)}
    assert outside <= {"/appearance/", "/store/"}, outside


def once(view: Callable[..., Any]) -> bool:
    """Return whether `staff_page` wraps the view."""
    around: Any = view
    while around is not None:
        if "staff_page" in getattr(getattr(around, "__code__", None), "co_qualname", ""):
            return True
        around = getattr(around, "__wrapped__", None)
    return False


def test_a_csv_in_memory_is_read_from_its_start_afterwards() -> None:
    file = SimpleUploadedFile("a.csv", io.BytesIO(b"sku").getvalue())
    sent_forms._file_hash(file)
    assert file.read() == b"sku"
