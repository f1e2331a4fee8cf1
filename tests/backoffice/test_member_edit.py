"""What is known of a member, put right by staff: the same operation as the till's, nothing overwritten unseen."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from members.facts import MemberFacts
from members.queries import member
from merchants.facts import Role
from merchants.models import AuditEntry, Outlet
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store


def read(store: Store, found: MemberFacts) -> MemberFacts:
    with merchant_scope(store.merchant.id):
        return member(merchant=store.merchant, member_id=found.id)


def fields_in(page: str) -> dict[str, Any]:
    """Return what a browser would send of the edit form as it was drawn."""
    form = page[page.index("data-guard") :]
    found = {
        name: html.unescape(re.search(r'value="([^"]*)"', tag)[1]) if 'value="' in tag else ""  # type: ignore[index]
        for tag in re.findall(r"<input[^>]*>", form)
        for name in re.findall(r'name="([^"]+)"', tag)
        if name != "csrfmiddlewaretoken"
    }
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"\s+selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def edit(
    person: StaffPerson,
    found: MemberFacts,
    *,
    status: int = 302,
    boxes: Mapping[str, Any] | None = None,
    **changes: Any,
) -> str:
    """Send the form as it was drawn, with these boxes changed; `boxes` are those whose names are no words."""
    path = f"/members/{found.id}/edit/"
    drawn = fields_in(person.text(path))
    answer = person.post(path, status=status, **{**drawn, **(boxes or {}), **changes})
    return answer.content.decode()


def test_a_wrong_digit_is_put_right_and_the_history_names_the_fields_alone(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari Dwei", phone="0812 3456 7891", email="sari@example.com")
    edit(
        owner,
        sari,
        name="Sari Dewi",
        phone="0812 3456 7890",
        email="Sari.Dewi@Example.com",
        birth_date="5 Mar 1990",
        area="Depok Lama",
        language="en",
        outlet=str(store.outlet_id),
    )
    now = read(store, sari)
    assert (now.name, now.phone, now.email) == ("Sari Dewi", "+6281234567890", "Sari.Dewi@example.com")
    assert (now.birth_date, now.area, now.language, now.outlet_id) == (
        date(1990, 3, 5),
        "Depok Lama",
        "en",
        store.outlet_id,
    )
    with merchant_scope(store.merchant.id):
        entry = AuditEntry.objects.get(merchant_id=store.merchant.id, action="member.edited")
    fields = ["area", "birth_date", "email", "language", "name", "outlet_id", "phone"]
    assert (entry.before, entry.after) == (None, {"fields": fields})
    assert entry.actor_id == owner.user_id
    page = owner.text(f"/members/{sari.id}/")
    assert "Profile changed" in page
    assert "Fields: Area, Birthday, E-mail, Language, Name, Outlet, Mobile number" in page
    trail = owner.text("/settings/audit/")
    assert "Profile changed" in trail
    assert "7890" not in trail


def test_a_form_sent_as_it_was_drawn_changes_nothing(store: Store, owner: StaffPerson) -> None:
    sari = store.member(phone="0812 3456 7890", birth_date=date(1990, 3, 5))
    before = read(store, sari)
    edit(owner, sari)
    assert read(store, sari) == before
    assert "Nothing was changed" in owner.text(f"/members/{sari.id}/")
    with merchant_scope(store.merchant.id):
        assert not AuditEntry.objects.filter(merchant_id=store.merchant.id, action="member.edited").exists()


def test_an_emptied_box_takes_away_what_was_there(store: Store, owner: StaffPerson) -> None:
    sari = store.member(phone="0812 3456 7890", email="sari@example.com", birth_date=date(1990, 3, 5))
    edit(owner, sari, email="", birth_date="")
    assert (read(store, sari).email, read(store, sari).birth_date) == (None, None)
    assert "This is not a complete e-mail address." in edit(owner, sari, status=400, email="x@")
    refused = edit(owner, sari, status=400, phone="")
    assert "Give a mobile number or an e-mail address." in refused
    assert read(store, sari).phone == "+6281234567890"


def test_a_contact_of_another_member_says_whose_and_opens_them(store: Store, owner: StaffPerson) -> None:
    rina = store.member("Rina Wati", phone="0812 9999 8888")
    sari = store.member("Sari Dewi", phone="0812 3456 7890")
    refused = edit(owner, sari, status=400, name="Sari D.", phone="62812 9999 8888")
    assert "Another member has this mobile number." in refused
    assert f'href="/members/{rina.id}/"' in refused
    assert "Rina Wati" in refused
    assert (read(store, sari).name, read(store, sari).phone) == ("Sari Dewi", "+6281234567890"), "nothing was saved"


def test_what_a_colleague_saved_meanwhile_is_shown_not_overwritten(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari Dewi")
    path = f"/members/{sari.id}/edit/"
    opened = fields_in(owner.text(path))
    edit(store.colleague(Role.MANAGER), sari, name="Sari Dewi Lestari")
    answer = owner.post(path, status=400, **{**opened, "area": "Depok"}).content.decode()
    assert "Somebody changed this member while you had the form open" in answer
    assert "Stored now: Sari Dewi Lestari" in answer
    assert (read(store, sari).name, read(store, sari).area) == ("Sari Dewi Lestari", "")
    reviewed = fields_in(answer)
    assert (reviewed["name"], reviewed["area"]) == ("Sari Dewi", "Depok"), "what was typed is kept"
    owner.post(path, **{**reviewed, "name": "Sari Dewi Lestari"})
    assert (read(store, sari).name, read(store, sari).area) == ("Sari Dewi Lestari", "Depok")


def test_what_is_stored_now_is_shown_as_text(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari")
    path = f"/members/{sari.id}/edit/"
    opened = fields_in(owner.text(path))
    edit(owner, sari, name="<b>Sari</b>")
    answer = owner.post(path, status=400, **{**opened, "area": "Depok"}).content.decode()
    assert "Stored now: &lt;b&gt;Sari" in answer
    assert "<b>Sari" not in answer


def test_who_may_not_see_contacts_changes_them_without_reading_them(store: Store) -> None:
    sari = store.member(phone="0812 3456 7890", email="sari.dewi@example.com")
    care = store.colleague(Role.CARE)
    page = care.text(f"/members/{sari.id}/edit/")
    assert "Now 0812-****-7890. Leave this empty to keep it." in page
    for hidden in ("3456", "sari.dewi"):
        assert hidden not in page
    edit(care, sari, name="Sari D.")
    assert (read(store, sari).phone, read(store, sari).email) == ("+6281234567890", "sari.dewi@example.com")
    edit(care, sari, phone="0813 1111 2222")
    assert (read(store, sari).phone, read(store, sari).email) == ("+6281311112222", "sari.dewi@example.com")


def test_an_outlet_is_one_of_this_store(store: Store, owner: StaffPerson, other_store: Store) -> None:
    sari = store.member()
    edit(owner, sari, status=400, outlet=str(other_store.outlet_id))
    assert read(store, sari).outlet_id is None


def test_a_closed_outlet_stays_until_another_is_chosen(store: Store, owner: StaffPerson) -> None:
    sari = store.member(outlet_id=store.outlet_id)
    with merchant_scope(store.merchant.id):
        Outlet.objects.filter(merchant_id=store.merchant.id, id=store.outlet_id).update(closed_at=timezone.now())
    edit(owner, sari, name="Sari D.")
    assert (read(store, sari).name, read(store, sari).outlet_id) == ("Sari D.", store.outlet_id)


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST, Role.CASHIER, Role.INTEGRATOR])
def test_who_may_not_edit_members_gets_no_form(store: Store, role: Role) -> None:
    sari = store.member()
    person = store.colleague(role)
    person.get(f"/members/{sari.id}/edit/", status=403)
    person.post(f"/members/{sari.id}/edit/", status=403, name="X")
    assert read(store, sari).name == "Sari Dewi"
