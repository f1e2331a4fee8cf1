"""The mail of an invitation: handed over with it, written when it is sent, and no more once it was answered."""

from __future__ import annotations

import pytest
from django.utils import timezone

from backoffice import limits
from merchants.tenancy import merchant_scope
from messaging.invariants import verify
from messaging.mailer.link import MailServer
from messaging.models import Message
from messaging.operations import cancel_staff_messages
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


def test_who_answered_is_not_asked_any_more(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    owner.post("/settings/staff/new/", name="Nina", email=stranger.email, role="marketer")
    stranger.client.post(f"/stores/{store.merchant.id}/accept/", {"role": "marketer"})
    send_staff_mail(store.merchant)
    assert mails_to(stranger.email) == []
    with merchant_scope(store.merchant.id):
        [message] = Message.objects.filter(merchant_id=store.merchant.id)
        assert (message.state, message.reason) == ("cancelled", "not_invited")


def test_after_a_restore_no_invitation_goes_out_twice(store: Store, owner: StaffPerson) -> None:
    owner.post("/settings/staff/new/", name="Nina", email=NEW, role="marketer")
    with merchant_scope(store.merchant.id):
        assert cancel_staff_messages(merchant=store.merchant, now=timezone.now()) == 1
    send_staff_mail(store.merchant)
    assert mails_to(NEW) == []
