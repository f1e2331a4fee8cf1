"""The store's own fields of members: defined, filled in by staff and tills, checked by their kind; tags and notes."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from members.facts import AttributeDraft, AttributeFacts, AttributeKind, MemberFacts
from members.operations import add_attribute, change_attribute
from members.queries import attributes, member, tags_of_member
from merchants.facts import SYSTEM, Role
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_member_edit import edit, fields_in
from tests.members_shop import NOW


def define(store: Store, label: str, kind: AttributeKind, *choices: str) -> AttributeFacts:
    with merchant_scope(store.merchant.id):
        draft = AttributeDraft(label=label, kind=kind, choices=choices)
        return add_attribute(merchant=store.merchant, draft=draft, at=NOW, actor=SYSTEM)


def box(found: AttributeFacts) -> str:
    return f"own-{found.id}"


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{16})"', page)
    assert found
    return found[1]


def redefine(person: StaffPerson, found: AttributeFacts, **fields: Any) -> None:
    """Open the field's form and send it."""
    path = f"/settings/member-fields/{found.id}/"
    person.post(path, seen=seen_in(person.text(path)), **fields)


def values_of(store: Store, found: MemberFacts) -> Any:
    with merchant_scope(store.merchant.id):
        return member(merchant=store.merchant, member_id=found.id).attributes


def defined(store: Store) -> dict[str, AttributeFacts]:
    with merchant_scope(store.merchant.id):
        return {one.key: one for one in attributes(merchant=store.merchant)}


# --- definitions -------------------------------------------------------------------------------------------------


def test_a_field_is_defined_renamed_and_retired(store: Store, owner: StaffPerson) -> None:
    assert "No fields of your own yet" in owner.text("/settings/member-fields/")
    owner.post(
        "/settings/member-fields/new/", label="Minuman favorit", kind="choice", choices="Kopi susu\nTeh\n\nTeh", key=""
    )
    found = defined(store)["minuman_favorit"]
    assert (found.label, found.kind, found.choices) == ("Minuman favorit", AttributeKind.CHOICE, ("Kopi susu", "Teh"))
    redefine(owner, found, label="Favorit", choices="Teh\nSusu", is_active="on")
    now = defined(store)["minuman_favorit"]
    assert (now.label, now.choices, now.is_active) == ("Favorit", ("Teh", "Susu"), True)
    redefine(owner, found, label="Favorit", choices="Teh\nSusu")
    assert not defined(store)["minuman_favorit"].is_active
    trail = owner.text("/settings/audit/")
    for words in ("Member field added", "Member field changed", "One of several", "Kopi susu"):
        assert words in trail, words


def test_a_field_that_cannot_be_says_why(store: Store, owner: StaffPerson) -> None:
    define(store, "Ukuran", AttributeKind.TEXT)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"label": "Ukuran", "kind": "text"}, "You have a field of that name"),
        ({"label": "", "kind": "text"}, "This field is required"),
        ({"label": "Warna", "kind": "choice", "choices": ""}, "Fill this in."),
        ({"label": "Warna", "kind": "choice", "choices": "x" * 61}, "At most 50 choices"),
        ({"label": "!!!", "kind": "text"}, "Write a name."),
    ]
    for fields, words in cases:
        page = owner.post("/settings/member-fields/new/", status=400, **fields)
        assert words in page.content.decode(), words
    assert list(defined(store)) == ["ukuran"]


def test_what_a_colleague_changed_meanwhile_is_shown_not_overwritten(store: Store, owner: StaffPerson) -> None:
    drink = define(store, "Minuman", AttributeKind.CHOICE, "Kopi", "Teh")
    path = f"/settings/member-fields/{drink.id}/"
    opened = seen_in(owner.text(path))
    redefine(store.colleague(Role.OWNER), drink, label="Minuman", choices="Kopi\nTeh\n<b>Susu", is_active="on")
    mine: dict[str, Any] = {"label": "Minuman favorit", "choices": "Kopi\nTeh", "is_active": "on"}
    answer = owner.post(path, status=400, seen=opened, **mine).content.decode()
    assert "Somebody changed this field while you had the form open" in answer
    assert "Stored now: Minuman" in answer
    assert "Stored now: Kopi, Teh, &lt;b&gt;Susu" in answer
    assert 'value="Minuman favorit"' in answer, "what was typed is kept"
    now = defined(store)["minuman"]
    assert (now.label, now.choices) == ("Minuman", ("Kopi", "Teh", "<b>Susu"))
    owner.post(path, seen=seen_in(answer), **mine)
    assert defined(store)["minuman"].label == "Minuman favorit"
    owner.post(path, seen=opened, **mine)  # the same once more changes nothing, whatever was seen
    owner.post(path, status=400, seen="", **{**mine, "label": "Lain"})
    assert (defined(store)["minuman"].label, defined(store)["minuman"].choices) == ("Minuman favorit", ("Kopi", "Teh"))


def test_only_who_changes_the_program_defines_fields(store: Store, stranger: StaffPerson) -> None:
    found = define(store, "Ukuran", AttributeKind.TEXT)
    for role in (Role.CARE, Role.MARKETER, Role.CASHIER):
        store.colleague(role).get("/settings/member-fields/", status=403)
        store.colleague(role).post(f"/settings/member-fields/{found.id}/", status=403, label="X")
    stranger.get(f"/settings/member-fields/{found.id}/", status=404)
    assert defined(store)["ukuran"].label == "Ukuran"


# --- values ------------------------------------------------------------------------------------------------------


def test_values_are_written_by_staff_and_shown_in_words(store: Store, owner: StaffPerson) -> None:
    size = define(store, "Ukuran sepatu", AttributeKind.NUMBER)
    drink = define(store, "Minuman favorit", AttributeKind.CHOICE, "Kopi susu", "Teh")
    wedding = define(store, "Hari nikah", AttributeKind.DATE)
    motto = define(store, "Semboyan", AttributeKind.TEXT)
    sari = store.member()
    edit(owner, sari, boxes={box(size): "1042", box(drink): "Teh", box(wedding): "5 Mar 2019", box(motto): "Hidup <b>"})
    stored = {"ukuran_sepatu": 1042, "minuman_favorit": "Teh", "hari_nikah": "2019-03-05", "semboyan": "Hidup <b>"}
    assert values_of(store, sari) == stored
    page = owner.text(f"/members/{sari.id}/")
    for words in ("Ukuran sepatu", "1.042", "Teh", "5 Mar 2019", "Hidup &lt;b&gt;"):
        assert words in page, words
    edit(owner, sari, boxes={box(drink): "", box(wedding): ""})
    assert values_of(store, sari) == {"ukuran_sepatu": 1042, "semboyan": "Hidup <b>"}
    for name, wrong in ((size, "besar"), (drink, "Bensin"), (wedding, "kemarin")):
        edit(owner, sari, status=400, boxes={box(name): wrong})
    assert values_of(store, sari) == {"ukuran_sepatu": 1042, "semboyan": "Hidup <b>"}
    with merchant_scope(store.merchant.id):
        rows = AuditEntry.objects.filter(merchant_id=store.merchant.id, action="member.edited")
        assert [row.after for row in rows] == [{"fields": ["attributes"]}] * 2


def test_what_fits_no_more_is_told_and_stays_until_it_is_replaced(store: Store, owner: StaffPerson) -> None:
    drink = define(store, "Minuman", AttributeKind.CHOICE, "Kopi", "Teh")
    sari = store.member(attributes={"minuman": "Kopi", "dari kasir lama": True})
    with merchant_scope(store.merchant.id):
        change_attribute(
            merchant=store.merchant,
            attribute_id=drink.id,
            label="Minuman",
            choices=["Teh"],
            is_active=True,
            at=NOW,
            actor=SYSTEM,
        )
    assert "Stored now: Kopi" in owner.text(f"/members/{sari.id}/edit/")
    edit(owner, sari, name="Sari D.")
    assert values_of(store, sari) == {"minuman": "Kopi", "dari kasir lama": True}
    page = owner.text(f"/members/{sari.id}/")
    assert "dari kasir lama" in page
    edit(owner, sari, boxes={box(drink): "Teh"})
    assert values_of(store, sari) == {"minuman": "Teh", "dari kasir lama": True}


def test_a_retired_field_is_asked_for_no_more_and_its_values_stay(store: Store, owner: StaffPerson) -> None:
    size = define(store, "Ukuran", AttributeKind.NUMBER)
    sari = store.member(attributes={"ukuran": 42})
    redefine(owner, size, label="Ukuran")
    assert box(size) not in fields_in(owner.text(f"/members/{sari.id}/edit/"))
    page = owner.text(f"/members/{sari.id}/")
    assert "Ukuran" in page
    assert "42" in page


# --- tags and notes ----------------------------------------------------------------------------------------------


def tags_on(store: Store, found: MemberFacts) -> dict[str, UUID]:
    with merchant_scope(store.merchant.id):
        return {tag.name: tag.id for tag in tags_of_member(merchant=store.merchant, member_id=found.id)}


def test_a_tag_is_given_and_taken_on_the_members_page(store: Store, owner: StaffPerson) -> None:
    sari = store.member()
    owner.post(f"/members/{sari.id}/tags/", tag="  Arisan  RT 5 ")
    owner.post(f"/members/{sari.id}/tags/", tag="arisan rt 5")
    (name,) = tags_on(store, sari)
    assert name == "arisan rt 5"
    page = owner.text(f"/members/{sari.id}/")
    assert "This member has the tag already." in page
    assert page.count("Tag given") == 1
    owner.post(f"/members/{sari.id}/tags/{tags_on(store, sari)[name]}/remove/")
    assert tags_on(store, sari) == {}
    assert "Tag taken away" in owner.text(f"/members/{sari.id}/")
    owner.post(f"/members/{sari.id}/tags/", tag="x" * 41)
    assert "A tag has 1 to 40 letters" in owner.text(f"/members/{sari.id}/")
    store.colleague(Role.MARKETER).post(f"/members/{sari.id}/tags/", status=403, tag="vip")
    assert tags_on(store, sari) == {}


def test_a_note_is_written_and_the_trail_keeps_only_that_it_was(store: Store, owner: StaffPerson) -> None:
    sari = store.member()
    edit(owner, sari, notes="Alergi kacang.\nDuduk di teras.")
    page = owner.text(f"/members/{sari.id}/")
    assert "Alergi kacang." in page
    assert "Fields: Notes" in page
    assert "Alergi" not in owner.text("/settings/audit/")
