"""What members ask of their data, how staff verified it and what was done, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common.quantities import format_number
from members.facts import DataRequestKind, GuardianRelation, IdentityCheck, RefusalGround, RequestAsker, WhatWasDone

REQUEST_WORDS: Final[Mapping[str, Promise]] = {
    DataRequestKind.ACCESS.value: _("See the data"),
    DataRequestKind.CORRECTION.value: _("Correct the data"),
    DataRequestKind.WITHDRAWAL.value: _("No more offers"),
    DataRequestKind.RESTRICTION.value: _("Only keep the data"),
    DataRequestKind.ERASURE.value: _("Erase the data"),
}
REQUEST_HELP: Final[Mapping[str, Promise]] = {
    DataRequestKind.ACCESS.value: _("The member gets a copy of everything the store knows."),
    DataRequestKind.CORRECTION.value: _("A wrong name, number, address or birthday is put right."),
    DataRequestKind.WITHDRAWAL.value: _("Every consent to offers is withdrawn."),
    DataRequestKind.RESTRICTION.value: _(
        "No offers, no segments, no changes by tills. Points stay and purchases are booked as ever."
    ),
    DataRequestKind.ERASURE.value: _("Work with the data stops at once; it is erased within 30 days."),
}
ASKER_WORDS: Final[Mapping[str, Promise]] = {
    RequestAsker.MEMBER.value: _("The member"),
    RequestAsker.GUARDIAN.value: _("Parent or guardian of a child"),
}
IDENTITY_WORDS: Final[Mapping[str, Promise]] = {
    IdentityCheck.CARD.value: _("Showed the member card"),
    IdentityCheck.CALL_BACK.value: _("We called the number on file"),
    IdentityCheck.MAIL_BACK.value: _("Answered from the address on file"),
    IdentityCheck.DOCUMENT.value: _("Showed an identity card (no copy kept)"),
    IdentityCheck.KNOWN.value: _("Known in person to our staff"),
}
DONE_WORDS: Final[Mapping[str, Promise]] = {
    WhatWasDone.FILE_GIVEN.value: _("The file was handed over"),
    WhatWasDone.CORRECTED.value: _("The data was corrected"),
    WhatWasDone.CONSENT_WITHDRAWN.value: _("Every consent was withdrawn"),
    WhatWasDone.RESTRICTED.value: _("The data is only kept"),
    WhatWasDone.ERASED.value: _("The data was erased"),
    WhatWasDone.TAKEN_BACK.value: _("The member took the request back"),
}
RELATION_WORDS: Final[Mapping[str, Promise]] = {
    GuardianRelation.PARENT.value: _("Parent"),
    GuardianRelation.GUARDIAN.value: _("Guardian"),
}
GROUND_WORDS: Final[Mapping[str, Promise]] = {
    RefusalGround.NOT_VERIFIED.value: _("We could not verify who asks"),
    RefusalGround.OTHERS_DATA.value: _("It would show another person's data"),
    RefusalGround.HARMFUL.value: _("It would endanger someone"),
    RefusalGround.LAW.value: _("A law requires us to keep it as it is"),
    RefusalGround.UNFOUNDED.value: _("There is nothing to do: the data is right"),
}


def time_left(due_at: datetime, now: datetime) -> str:
    """Return how long is left until the deadline, or how long ago it passed: days from two on, else hours."""
    hours = int(abs((due_at - now).total_seconds()) // 3600)
    span = (
        ngettext("%(count)s day", "%(count)s days", hours // 24) % {"count": format_number(hours // 24)}
        if hours >= 48
        else ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": format_number(hours)}
    )
    return gettext("%(span)s left") % {"span": span} if due_at > now else gettext("%(span)s late") % {"span": span}
