"""What a breach was, which data, what was done, in words; and the letter to those concerned, made from the facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from common.quantities import format_instant
from merchants.facts import MerchantFacts
from people.facts import BreachCause, BreachData, BreachDraft, BreachMeasure, Letter

CAUSE_WORDS: Final[Mapping[str, Promise]] = {
    BreachCause.LOST_DEVICE.value: _("A device with data on it was lost or stolen"),
    BreachCause.WRONG_RECIPIENT.value: _("Data was sent to the wrong person"),
    BreachCause.STOLEN_LOGIN.value: _("Someone used a password or a till's key that was not theirs"),
    BreachCause.STAFF_MISUSE.value: _("A person who works for us used data for something else"),
    BreachCause.ATTACK.value: _("Someone broke into a system that holds data"),
    BreachCause.OTHER.value: _("Something else"),
}
DATA_WORDS: Final[Mapping[str, Promise]] = {
    BreachData.NAME.value: _("name"),
    BreachData.PHONE.value: _("mobile number"),
    BreachData.EMAIL.value: _("e-mail address"),
    BreachData.BIRTHDAY.value: _("birthday"),
    BreachData.AREA.value: _("area"),
    BreachData.PURCHASES.value: _("what they bought"),
    BreachData.BALANCE.value: _("points and wallet balance"),
    BreachData.CARD.value: _("number or link of the member card"),
    BreachData.NOTES.value: _("notes and further details on the member's page"),
}
MEASURE_WORDS: Final[Mapping[str, Promise]] = {
    BreachMeasure.ACCESS_ENDED.value: _("The access was ended"),
    BreachMeasure.KEYS_CHANGED.value: _("The tills' keys were changed"),
    BreachMeasure.PASSWORDS_CHANGED.value: _("Passwords were changed"),
    BreachMeasure.FILE_DELETED.value: _("Who received the data deleted it"),
    BreachMeasure.DEVICE_WIPED.value: _("The device was locked or wiped from afar"),
    BreachMeasure.CARDS_REPLACED.value: _("Member cards were replaced"),
    BreachMeasure.POLICE.value: _("It was reported to the police"),
}


def letter_text(*, merchant: MerchantFacts, breach: BreachDraft, language: str) -> Letter:
    """Return the letter in one language, from the facts: what data, when and how, what was done, whom to ask.

    The name of the person comes above it when it is sent.
    """
    with override(language):
        context = {
            "store_name": merchant.name,
            "cause": "" if breach.cause is BreachCause.OTHER else CAUSE_WORDS[breach.cause],
            "details": breach.details,
            "happened_from": format_instant(breach.happened_from, merchant.timezone, language),
            "happened_until": breach.happened_until
            and format_instant(breach.happened_until, merchant.timezone, language),
            "known_at": format_instant(breach.known_at, merchant.timezone, language),
            "data": [DATA_WORDS[one] for one in breach.data],
            "measures": [MEASURE_WORDS[one] for one in breach.measures],
            "measures_note": breach.measures_note,
            "contact": breach.contact,
        }
        subject = gettext("About your data at %(store)s") % {"store": merchant.name}
        return Letter(subject, render_to_string("people/breach_letter.txt", context).strip())
