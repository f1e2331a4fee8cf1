"""Breaches, whom they touched and how far telling them is, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from people.facts import BreachState, Reach, ToldBy, TouchedBy

BREACH_STATE_WORDS: Final[Mapping[str, Promise]] = {
    BreachState.OPEN.value: _("Letters not sent yet"),
    BreachState.SENT.value: _("Letters sent"),
    BreachState.CLOSED.value: _("Closed"),
}
TOUCHED_BY_WORDS: Final[Mapping[str, Promise]] = {
    TouchedBy.EVERYONE.value: _("Everyone who was a member then"),
    TouchedBy.STAFF.value: _("Members whom a person of our staff was shown in that time"),
    TouchedBy.TILL.value: _("Members whom a till asked for in that time"),
    TouchedBy.FILE.value: _("Members whom an exported file could hold"),
    TouchedBy.NUMBERS.value: _("Member numbers that I write down"),
}
TOLD_BY_WORDS: Final[Mapping[str, Promise]] = {
    ToldBy.PHONE.value: _("Told by phone"),
    ToldBy.LETTER.value: _("Told by letter"),
    ToldBy.IN_PERSON.value: _("Told in person"),
}
REACH_WORDS: Final[Mapping[str, Promise]] = {
    Reach.WAITING.value: _("Not written to yet"),
    Reach.ON_ITS_WAY.value: _("E-mail on its way"),
    Reach.MAILED.value: _("E-mail sent"),
    Reach.UNCERTAIN.value: _("E-mail may have arrived"),
    Reach.FAILED.value: _("E-mail did not arrive"),
    Reach.TO_TELL.value: _("No e-mail address"),
    Reach.TOLD.value: _("Told another way"),
    Reach.GONE.value: _("Erased since"),
}
REACH_TONES: Final[Mapping[Reach, str]] = {
    Reach.MAILED: "good",
    Reach.TOLD: "good",
    Reach.FAILED: "bad",
    Reach.TO_TELL: "attention",
    Reach.UNCERTAIN: "attention",
}
NOT_DONE_WORDS: Final[Mapping[str, Promise]] = {
    "letters": _("Some members were listed and not written to. Send the letters first."),
    "on_their_way": _("Some e-mails are still on their way. Close it when they have arrived."),
    "authority": _("Tell the authority first, and note it here."),
}
