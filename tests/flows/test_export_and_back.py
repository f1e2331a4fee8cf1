"""The product's own files come back in: members and products, as they were exported and as a spreadsheet saved them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from imports.operations.products import read_products
from members.queries import members_page
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store, open_store

pytestmark = pytest.mark.usefixtures("real_commits")


def exported(person: StaffPerson, path: str, language: str) -> str:
    person.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer: Any = person.get(path)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text: str = content.decode("utf-8-sig")
    return text


def taken(store: Store, path: Path) -> str:
    out = io.StringIO()
    call_command("import_members", path, merchant=store.merchant.slug, stdout=out)
    return out.getvalue().strip()


def people(store: Store) -> set[tuple[Any, ...]]:
    with merchant_scope(store.merchant.id):
        found = members_page(merchant=store.merchant).members
    return {(m.name, m.phone, m.email, m.joined_on, m.promo_email) for m in found}


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_the_export_of_members_comes_back(tmp_path: Path, language: str, delimiter: str) -> None:
    store = open_store("Toko Melati")
    number = store.member("Ayu Lestari", phone="0812-3456-7890", email="ayu@contoh.example").number
    store.member("=Budi", phone="+62 857 1111 2222", email=None, promo_consent=False)
    text = exported(store.owner, "/members/export/", language)
    assert number not in text
    assert f"{number[:4]} {number[4:8]} {number[8:]}" in text
    if delimiter == ";":  # as a spreadsheet set to Indonesian saves it
        out = io.StringIO()
        csv.writer(out, delimiter=";").writerows(csv.reader(io.StringIO(text)))
        text = out.getvalue()
    path = tmp_path / "members.csv"
    path.write_text(text, encoding="utf-8-sig")
    assert taken(store, path) == "rows 2, new 0, known 2, rejected 0"
    other = open_store("Toko Cabang")
    assert taken(other, path) == "rows 2, new 2, known 0, rejected 0"
    assert people(other) == people(store)
    assert taken(other, path) == "rows 2, new 0, known 2, rejected 0"


def test_the_number_of_a_file_finds_the_member_on_the_pages() -> None:
    store = open_store("Toko Melati")
    member = store.member("Ayu Lestari")
    spaced = f"{member.number[:4]} {member.number[4:8]} {member.number[8:]}"
    assert f"/members/{member.id}/" in store.owner.text("/members/", q=spaced)
    assert store.owner.get("/search/", status=302, q=spaced)["Location"] == f"/members/{member.id}/"


def test_the_export_of_products_comes_back(tmp_path: Path) -> None:
    store = open_store("Toko Melati")
    path = tmp_path / "products.csv"
    codes = ["8991234567890", "0001234", "50075", "KOPI-250"]
    path.write_text("sku,name,price\n" + "".join(f"{code},Barang {code[-3:]},25000\n" for code in codes), "utf-8")
    call_command("import_products", path, merchant=store.merchant.slug, stdout=io.StringIO())
    text = exported(store.owner, "/products/?format=csv", "id")
    assert not re.search(r"\b\d{12,}\b", text)
    path.write_text("Toko Melati\n\n" + text, encoding="utf-8-sig")
    read = read_products(path, merchant=store.merchant)
    assert (sorted(draft.sku for draft in read.drafts), read.rejects) == (sorted(codes), [])
    out = io.StringIO()
    call_command("import_products", path, merchant=store.merchant.slug, stdout=out)
    assert re.search(r"(created|new)\D*0", out.getvalue().lower()), out.getvalue()
