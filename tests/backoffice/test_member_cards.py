"""A member's cards on the staff pages, and the page that people join on."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from members.invariants import verify
from members.operations import issue_waiting_card
from members.queries import MemberNotFound, card_token_in_force, cards, find_member
from merchants.facts import Role
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store


def waiting(store: Store, member_id: UUID, name: str = "Orang Lain") -> UUID:
    with merchant_scope(store.merchant.id):
        issue_waiting_card(merchant=store.merchant, member_id=member_id, shown_name=name, at=timezone.now())
        held = cards(merchant=store.merchant, member_id=member_id)
        return next(card.id for card in held if card.is_waiting)


def token_of(store: Store, member_id: UUID) -> str:
    with merchant_scope(store.merchant.id):
        token = card_token_in_force(merchant=store.merchant, member_id=member_id)
    assert token is not None
    return token


def actions(store: Store) -> list[str]:
    with merchant_scope(store.merchant.id):
        rows = AuditEntry.objects.filter(merchant_id=store.merchant.id, action__startswith="member.card")
        return list(rows.order_by("id").values_list("action", flat=True))


def test_a_waiting_card_is_seen_and_confirmed(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari Asli")
    old, card_id = token_of(store, sari.id), waiting(store, sari.id)
    page = owner.text(f"/members/{sari.id}/")
    assert "A card waits to be confirmed" in page
    assert f"/members/{sari.id}/card/" in page
    assert "Orang Lain" in owner.text(f"/members/{sari.id}/card/")
    owner.post(f"/members/{sari.id}/card/{card_id}/confirm/")
    assert "Every other link of this member has ended" in owner.text(f"/members/{sari.id}/card/")
    new = token_of(store, sari.id)
    assert new != old
    assert Client().get(f"/m/{store.merchant.slug}/card/{old}").status_code == 404
    assert "Sari Asli" in Client().get(f"/m/{store.merchant.slug}/card/{new}").content.decode()
    owner.post(f"/members/{sari.id}/card/{card_id}/confirm/")
    assert actions(store) == ["member.card_confirmed"], "twice is once"


def test_a_card_that_ended_meanwhile_is_not_confirmed(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari Asli")
    card_id = waiting(store, sari.id)
    owner.post(f"/members/{sari.id}/card/replace/")
    owner.post(f"/members/{sari.id}/card/{card_id}/confirm/")
    assert "This card has ended meanwhile" in owner.text(f"/members/{sari.id}/card/")


def test_the_link_is_shown_when_asked_for_and_that_is_kept(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari Asli")
    token = token_of(store, sari.id)
    assert token not in owner.text(f"/members/{sari.id}/card/")
    assert token not in owner.text(f"/members/{sari.id}/")
    answer = owner.post(f"/members/{sari.id}/card/", status=200)
    page = answer.content.decode()
    assert f"/m/{store.merchant.slug}/card/{token}" in page
    assert f"/m/{store.merchant.slug}/card/{token}/print" in page
    assert "no-store" in answer["Cache-Control"]
    assert actions(store) == ["member.card_link_shown"]


def test_a_replaced_card_ends_every_link(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari Asli")
    old = token_of(store, sari.id)
    owner.post(f"/members/{sari.id}/card/replace/")
    assert Client().get(f"/m/{store.merchant.slug}/card/{old}").status_code == 404
    assert Client().get(f"/m/{store.merchant.slug}/card/{token_of(store, sari.id)}").status_code == 200
    assert actions(store) == ["member.card_replaced"]


def test_who_may_only_look_gets_no_link(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari Asli")
    marketer = store.colleague(Role.MARKETER)
    marketer.get(f"/members/{sari.id}/")
    marketer.get(f"/members/{sari.id}/card/", status=403)
    marketer.post(f"/members/{sari.id}/card/replace/", status=403)


def test_another_stores_member_has_no_card_here(store: Store, stranger: StaffPerson) -> None:
    sari = store.member("Sari Asli")
    card_id = waiting(store, sari.id)
    stranger.get(f"/members/{sari.id}/card/", status=404)
    stranger.post(f"/members/{sari.id}/card/{card_id}/confirm/", status=404)
    stranger.post(f"/members/{sari.id}/card/replace/", status=404)


def test_the_join_page_and_its_poster_are_found(store: Store, owner: StaffPerson) -> None:
    address = f"/m/{store.merchant.slug}/join"
    for page in ("/members/", "/settings/program/", "/"):
        assert "/members/join-page/" in owner.text(page), page
    shown = owner.text("/members/join-page/")
    assert address in shown
    assert "data-copy" in shown
    poster = owner.text("/members/join-page/poster/")
    assert address in poster
    assert store.merchant.name in poster
    assert "<svg" in poster
    assert Client().get(address).status_code == 200


def test_a_revoked_card_opens_nothing_and_a_new_one_is_made_when_asked_for(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari Asli", phone="0812 3456 7890")
    old, _ = token_of(store, sari.id), waiting(store, sari.id)
    owner.post(f"/members/{sari.id}/card/revoke/", reason=" ")
    assert token_of(store, sari.id) == old, "without a reason nothing is revoked"
    owner.post(f"/members/{sari.id}/card/revoke/", reason="Kartu dicuri")
    assert Client().get(f"/m/{store.merchant.slug}/card/{old}").status_code == 404
    page = owner.text(f"/members/{sari.id}/card/")
    assert "This member has no card in force yet." in page
    assert "Waiting cards" not in page
    assert "Kartu dicuri" in owner.text(f"/members/{sari.id}/")
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []
        assert find_member(merchant=store.merchant, identifier="081234567890").id == sari.id
        with pytest.raises(MemberNotFound):
            find_member(merchant=store.merchant, identifier=old)
    owner.post(f"/members/{sari.id}/card/revoke/", reason="lagi")
    owner.post(f"/members/{sari.id}/card/replace/")
    assert token_of(store, sari.id) != old
    assert actions(store) == ["member.card_revoked", "member.card_replaced"]


def test_who_may_not_edit_members_revokes_nothing(store: Store, stranger: StaffPerson) -> None:
    sari = store.member()
    old = token_of(store, sari.id)
    store.colleague(Role.MARKETER).post(f"/members/{sari.id}/card/revoke/", status=403, reason="x")
    stranger.post(f"/members/{sari.id}/card/revoke/", status=404, reason="x")
    assert token_of(store, sari.id) == old
