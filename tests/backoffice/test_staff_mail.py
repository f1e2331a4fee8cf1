"""The mail of an invitation: handed over with it, written when it is sent, and no more once it was answered."""

from __future__ import annotations

import pytest
from django.utils import timezone

from backoffice import limits
from merchants.facts import Actor
from merchants.queries import staff
from merchants.tenancy import merchant_scope
from messaging.invariants import verify
from messaging.mailer.link import MailServer
from messaging.models import Message
from messaging.operations import cancel_staff_messages, lift_suppression
from messaging.queries import find_suppression
from messaging.tasks import Sender
from tests.backoffice.conftest import StaffPerson, Store
from tests.mailbox import mails_to, send_staff_mail

NEW = "nina@example.com"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    limits._invitation_throttle().forget()


def test_the_mail_of_an_invitation_waits_for_a_server_that_is_away(store: Store, owner: StaffPerson) -> None:
    """The link is made when the mail is written, so that it runs three days from then; nothing of it is stored."""
    owner.post("/settings/staff/new/", name="Nina", email=NEW, role="care")
    Sender(
        merchant=store.merchant,
        dispatch_id=store.merchant.id,
        server=MailServer("127.0.0.1", 9, timeout_seconds=0.5),
        clock=timezone.now,
    ).run()
    assert mails_to(NEW) == []
    with merchant_scope(store.merchant.id):
        [waiting] = Message.objects.filter(merchant_id=store.merchant.id)
        assert (waiting.state, waiting.tries, waiting.purpose) == ("queued", 0, "staff")
        kept = bytes(waiting.recipient_encrypted or b"") + bytes(waiting.fields_encrypted or b"")
    assert NEW.encode() not in kept
    send_staff_mail(store.merchant)
    assert len(mails_to(NEW)) == 1
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []
        [sent] = Message.objects.filter(merchant_id=store.merchant.id)
    assert (sent.state, sent.recipient_encrypted, sent.fields_encrypted) == ("accepted", None, None)
    assert sent.address_hash is not None, "by which it is known who was written to"


def test_who_answered_is_not_asked_any_more(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    owner.post("/settings/staff/new/", name="Nina", email=stranger.email, role="marketer")
    stranger.client.post(f"/stores/{store.merchant.id}/accept/", {"role": "marketer"})
    send_staff_mail(store.merchant)
    assert mails_to(stranger.email) == []
    with merchant_scope(store.merchant.id):
        [message] = Message.objects.filter(merchant_id=store.merchant.id)
        assert (message.state, message.reason) == ("cancelled", "not_invited")
        assert (message.recipient_encrypted, message.fields_encrypted) == (None, None)


def test_after_a_restore_no_invitation_goes_out_twice(store: Store, owner: StaffPerson) -> None:
    owner.post("/settings/staff/new/", name="Nina", email=NEW, role="marketer")
    with merchant_scope(store.merchant.id):
        assert cancel_staff_messages(merchant=store.merchant, now=timezone.now()) == 1
    send_staff_mail(store.merchant)
    assert mails_to(NEW) == []


def test_who_was_invited_before_a_restore_is_shown_as_not_mailed_until_invited_again(
    store: Store, owner: StaffPerson
) -> None:
    owner.post("/settings/staff/new/", name="Nina", email=NEW, role="marketer")
    said = "the store was brought back from a backup meanwhile. Send the invitation again."
    assert said not in owner.text("/settings/staff/")
    with merchant_scope(store.merchant.id):
        cancel_staff_messages(merchant=store.merchant, now=timezone.now())
        [nina] = [one for one in staff(merchant=store.merchant) if one.email == NEW]
    assert said in owner.text("/settings/staff/")
    page = f"/settings/staff/{nina.user_id}/"
    assert said in owner.text(page)
    owner.post(f"{page}invite/")
    assert said not in owner.text(page)
    send_staff_mail(store.merchant)
    assert len(mails_to(NEW)) == 1
    assert said not in owner.text("/settings/staff/")


def test_a_blocked_address_is_refused_with_the_way_out(store: Store, owner: StaffPerson) -> None:
    said = "Nothing is sent to this address: it is blocked."
    block(store, owner)
    page = owner.post("/settings/staff/new/", status=400, name="Nina", email=NEW.upper(), role="marketer")
    assert said in page.content.decode()
    with merchant_scope(store.merchant.id):
        assert NEW not in [one.email for one in staff(merchant=store.merchant)]
        lift(store, owner)
    owner.post("/settings/staff/new/", name="Nina", email=NEW, role="marketer")
    block(store, owner)
    send_staff_mail(store.merchant)
    assert mails_to(NEW) == []
    assert "Not sent: this address is blocked." in owner.text("/settings/staff/")
    with merchant_scope(store.merchant.id):
        [nina] = [one for one in staff(merchant=store.merchant) if one.email == NEW]
    owner.post(f"/settings/staff/{nina.user_id}/invite/")
    assert said in owner.text(f"/settings/staff/{nina.user_id}/")


def test_an_address_that_does_not_exist_is_said_at_the_person(store: Store, owner: StaffPerson) -> None:
    owner.post("/settings/staff/new/", name="Nina", email=NEW, role="marketer")
    with merchant_scope(store.merchant.id):
        Message.objects.filter(merchant_id=store.merchant.id).update(
            state="suppressed", reason="hard_bounce", recipient_encrypted=None, fields_encrypted=None
        )
    assert "Not delivered: the address does not exist." in owner.text("/settings/staff/")


def block(store: Store, person: StaffPerson) -> None:
    person.post("/mail/blocked/find/", email=NEW, do="block")


def lift(store: Store, person: StaffPerson) -> None:
    found = find_suppression(merchant=store.merchant, email=NEW)
    assert found is not None
    lift_suppression(
        merchant=store.merchant,
        suppression_id=found.id,
        at=timezone.now(),
        actor=Actor(person.user_id, person.email),
        reason="repaired",
    )
