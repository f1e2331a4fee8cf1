"""A member's cards on the staff pages, and the page that people join on."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from members.invariants import verify
from members.operations import issue_waiting_card
from members.queries import MemberNotFound, card_token_in_force, cards, find_member
from members.rules import luhn_digit
from merchants.facts import Actor, Role
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from messaging.facts import SuppressionReason
from messaging.invariants import verify as verify_messages
from messaging.models import Message
from messaging.operations import program_dispatch_of, suppress_address
from messaging.tasks import Sender
from tests.backoffice.conftest import StaffPerson, Store
from tests.smtp_sink import smtp_sink


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
    for page in ("/members/", "/settings/store/", "/"):
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


# --- the link by e-mail --------------------------------------------------------------------------------------------


def send_waiting(store: Store) -> list[tuple[str, str]]:
    """Send what waits, and return recipient and text of each mail."""
    with smtp_sink() as sink:
        dispatch_id = program_dispatch_of(store.merchant)
        Sender(merchant=store.merchant, dispatch_id=dispatch_id, server=sink.server, clock=timezone.now).run()
    sent = []
    for recipient, content in sink.messages:
        text = message_from_bytes(content, policy=default).get_body(("plain",))
        assert text is not None
        sent.append((recipient, text.get_content().replace("\r\n", "\n")))
    return sent


def test_the_link_goes_to_the_members_own_address(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari Asli")
    page = f"/members/{sari.id}/card/"
    assert "Send the link by e-mail" in owner.text(page)
    owner.post(f"{page}mail/")
    assert "is on its way since" in owner.text(page)
    owner.post(f"{page}mail/")
    assert "is on its way already" in owner.text(page)
    [(recipient, text)] = send_waiting(store)
    assert recipient == sari.email
    token = token_of(store, sari.id)
    assert f"/m/{store.merchant.slug}/card/{token}\n" in text
    assert f"/m/{store.merchant.slug}/u/" in text
    assert "The link was sent by e-mail" in owner.text(page)
    assert actions(store) == ["member.card_link_sent"]
    assert "Card link sent by e-mail" in owner.text(f"/members/{sari.id}/")
    with merchant_scope(store.merchant.id):
        assert verify_messages(merchant=store.merchant) == []
        assert token not in str(list(Message.objects.filter(merchant_id=store.merchant.id).values()))


def test_the_page_says_why_no_mail_can_be_sent(store: Store, owner: StaffPerson) -> None:
    silent = store.member(promo_consent=False)
    unknown = store.member(email=None, phone="081234567890", promo_consent=False)
    blocked = store.member()
    with merchant_scope(store.merchant.id):
        suppress_address(
            merchant=store.merchant,
            email=str(blocked.email),
            reason=SuppressionReason.BY_HAND,
            at=timezone.now(),
            actor=Actor(user_id=None, label="test"),
        )
    for member, words in (
        (silent, "has not agreed to e-mail"),
        (unknown, "has no e-mail address"),
        (blocked, "this address is blocked"),
    ):
        page = owner.text(f"/members/{member.id}/card/")
        assert words in page
        assert "Send the link by e-mail" not in page
        owner.post(f"/members/{member.id}/card/mail/")
        assert words in owner.text(f"/members/{member.id}/card/")
    assert actions(store) == []


def test_who_is_blocked_or_lost_the_card_meanwhile_gets_nothing(store: Store, owner: StaffPerson) -> None:
    left, ended = store.member(), store.member()
    for member in (left, ended):
        owner.post(f"/members/{member.id}/card/mail/")
    owner.post(f"/members/{ended.id}/card/revoke/", reason="hilang")
    owner.post(f"/members/{left.id}/block/", reason="uji")
    assert send_waiting(store) == []
    assert "was not sent" in owner.text(f"/members/{ended.id}/card/") or "no card in force" in owner.text(
        f"/members/{ended.id}/card/"
    )
    with merchant_scope(store.merchant.id):
        states = Message.objects.filter(merchant_id=store.merchant.id).values_list("member_id", "state", "reason")
        assert set(states) == {(left.id, "suppressed", "blocked"), (ended.id, "cancelled", "no_card")}


def test_who_may_not_edit_members_sends_no_link(store: Store, stranger: StaffPerson) -> None:
    member = store.member()
    store.colleague(Role.MARKETER).post(f"/members/{member.id}/card/mail/", status=403)
    stranger.post(f"/members/{member.id}/card/mail/", status=404)
    assert actions(store) == []


# --- cards of the store's own print ------------------------------------------------------------------------------


def found_by(store: Store, number: str) -> UUID | None:
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []
        try:
            return find_member(merchant=store.merchant, identifier=number).id
        except MemberNotFound:
            return None


def test_a_printed_card_is_put_in_force_and_handed_over_after_a_look(
    store: Store, owner: StaffPerson, stranger: StaffPerson
) -> None:
    ibu, budi = store.member("Ibu Sari"), store.member("Budi")
    printed = "880000123" + luhn_digit("880000123")
    path, other = f"/members/{ibu.id}/card/printed/", f"/members/{budi.id}/card/printed/"
    assert path in owner.text(f"/members/{ibu.id}/card/")
    wrong = printed[:-1] + str((int(printed[-1]) + 1) % 10)
    for number, words in (("12", "6 to 19 digits"), (wrong, "check digit"), (budi.number, "Another card")):
        assert words in owner.post(path, status=400, number=number).content.decode()
    owner.post(path, number=f"8800 0012 3{printed[-1]}")
    assert found_by(store, printed) == ibu.id
    old_link = token_of(store, ibu.id)

    page = owner.post(other, status=200, number=printed).content.decode()
    assert "This number is on the card of Ibu Sari" in page
    assert found_by(store, printed) == ibu.id, "nothing before the look"
    owner.post(other, status=200, number=printed, confirmed=str(budi.id))
    assert found_by(store, printed) == ibu.id, "not from someone else than was shown"
    owner.post(other, number=printed, confirmed=str(ibu.id))
    assert found_by(store, printed) == budi.id
    assert found_by(store, ibu.number) == ibu.id
    assert found_by(store, old_link) is None
    with merchant_scope(store.merchant.id):
        assert card_token_in_force(merchant=store.merchant, member_id=ibu.id) is None
        actions = AuditEntry.objects.filter(merchant_id=store.merchant.id, subject_id=ibu.id).values_list("action")
        assert ("member.card_handed_over",) in list(actions)
    for person, status in ((store.colleague(Role.ANALYST), 403), (stranger, 404)):
        person.post(other, status=status, number=printed)


def test_a_membership_number_is_never_taken_over(store: Store, owner: StaffPerson) -> None:
    ibu, budi = store.member("Ibu Sari"), store.member("Budi")
    page = owner.post(
        f"/members/{budi.id}/card/printed/", status=400, number=ibu.number, confirmed=str(ibu.id)
    ).content.decode()
    assert "Another card has this number." in page
    assert found_by(store, ibu.number) == ibu.id
