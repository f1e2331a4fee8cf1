"""What members agree to, where and how they said so, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.words import actor_word
from members.facts import Channel, ConsentFacts, ConsentMethod, ConsentSource, StopReason, Topic

TOPIC_WORDS: Final[Mapping[str, Promise]] = {Topic.PROMO.value: _("Offers")}
CHANNEL_WORDS: Final[Mapping[str, Promise]] = {
    Channel.EMAIL.value: _("E-mail"),
    Channel.SMS.value: _("SMS"),
    Channel.WHATSAPP.value: _("WhatsApp"),
}
METHOD_WORDS: Final[Mapping[str, Promise]] = {
    ConsentMethod.IN_PERSON.value: _("In person"),
    ConsentMethod.PHONE.value: _("On the phone"),
    ConsentMethod.WRITTEN.value: _("In writing"),
}
SOURCE_WORDS: Final[Mapping[str, Promise]] = {
    ConsentSource.TILL.value: _("At the till"),
    ConsentSource.PUBLIC.value: _("On the join page"),
    ConsentSource.IMPORT.value: _("From a file"),
    ConsentSource.STAFF.value: _("Recorded by staff"),
    ConsentSource.PREFERENCES.value: _("On the member's own page"),
    ConsentSource.ONE_CLICK.value: _("By the unsubscribe link"),
    ConsentSource.COMPLAINT.value: _("By a complaint to the mail provider"),
}
STOP_WORDS: Final[Mapping[str, Promise]] = {
    StopReason.TOO_MANY.value: _("Too many messages"),
    StopReason.NOT_INTERESTING.value: _("Not interesting"),
    StopReason.NEVER_ASKED.value: _("Never asked for them"),
    StopReason.OTHER.value: _("Another reason"),
}


def subject_of_consent(topic: Topic, channel: Channel) -> str:
    """Return what a yes or no is about: 'Offers · E-mail'."""
    return f"{TOPIC_WORDS[topic]} · {CHANNEL_WORDS[channel]}"


def proof_in_words(row: ConsentFacts) -> str:
    """Return where and how it was said, and why it was stopped if the member said so."""
    parts = [str(SOURCE_WORDS[row.source])]
    if row.method:
        parts.append(str(METHOD_WORDS[row.method]))
    if row.reason:
        parts.append(str(STOP_WORDS[row.reason]))
    return " · ".join(parts)


def recorded_by(row: ConsentFacts) -> str:
    """Return the person or till that recorded it, "" where the member did it alone."""
    return actor_word(row.actor_label) if row.actor_label else ""


def title_of_consent(row: ConsentFacts) -> str:
    """Return what happened, as the history of a member says it."""
    if row.channel is Channel.EMAIL:
        return gettext("Agreed to offers by e-mail") if row.granted else gettext("Unsubscribed from offers by e-mail")
    said = gettext("Agreed: %(what)s") if row.granted else gettext("Agrees no more: %(what)s")
    return said % {"what": subject_of_consent(row.topic, row.channel)}
