"""What a person reads in their mail, and the link they open: always under PUBLIC_URL, whatever the Host header said."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default

from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from merchants.facts import MerchantFacts
from messaging.tasks import Sender
from tests.smtp_sink import smtp_sink


def send_staff_mail(merchant: MerchantFacts) -> None:
    """Send what waits for a shop's staff through a real conversation, and put it beside allauth's mails."""
    with smtp_sink() as sink:
        Sender(merchant=merchant, dispatch_id=merchant.id, server=sink.server, clock=timezone.now).run()
    for recipient, content in sink.messages:
        parsed = message_from_bytes(content, policy=default)
        text = parsed.get_body(("plain",))
        assert text is not None
        mail.outbox.append(
            mail.EmailMessage(
                subject=str(parsed["Subject"]),
                body=text.get_content(),
                from_email=str(parsed["From"]),
                to=[recipient],
                reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else [],
            )
        )


def mails_to(email: str) -> list[str]:
    """Return the text parts of the mails to this address, oldest first."""
    return [str(message.body) for message in mail.outbox if message.to == [email]]


def link_for(email: str) -> str:
    """Return the path of the one link in the latest mail to this address."""
    (link,) = re.findall(r"https?://\S+", mails_to(email)[-1])
    assert link.startswith(f"{settings.PUBLIC_URL}/"), link
    return str(link.removeprefix(settings.PUBLIC_URL))


def choose_password(client: Client, link: str, password: str = "kucing-biru-42") -> str:
    """Open a link to choose a password and choose one; return where it led in the end."""
    form = client.get(link, follow=True)
    path = form.redirect_chain[-1][0]
    own_form = form.content.decode().rpartition("<form")[2]
    hidden = re.search(r'name="next" value="([^"]*)"', own_form)
    fields = {"password1": password, "password2": password, **({"next": hidden[1]} if hidden else {})}
    answer = client.post(path.partition("?")[0], fields, follow=True)
    return str(answer.redirect_chain[-1][0] if answer.redirect_chain else "")
