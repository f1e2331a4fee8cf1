"""What moments are called."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.quantities import MONTHS
from rewards.moments.facts import Certainty, OwnCalendar, Repeat, Rhythm

MOMENT_WORDS: Final[Mapping[str, Promise]] = {
    "new_year": _("New Year"),
    "imlek": _("Lunar New Year (Imlek)"),
    "ramadan": _("Ramadan"),
    "nyepi": _("Day of Silence (Nyepi)"),
    "lebaran": _("Lebaran"),
    "waisak": _("Vesak (Waisak)"),
    "idul_adha": _("Idul Adha"),
    "independence_day": _("Independence Day"),
    "double_dates": _("Double dates"),
    "harbolnas": _("Harbolnas 12.12"),
    "natal": _("Christmas (Natal)"),
    "payday": _("Payday"),
}


def moment_name(code: str, own: OwnCalendar) -> str:
    """Return a standard moment in the reader's language, the merchant's own as named, an unknown one by code."""
    word = MOMENT_WORDS.get(code)
    if word is not None:
        return str(word)
    return next((moment.name for moment in own.moments if moment.code == code), code)


CERTAINTY_WORDS: Final[Mapping[Certainty, Promise]] = {
    Certainty.FIXED: _("Same day every time"),
    Certainty.OFFICIAL: _("Official"),
    Certainty.ESTIMATED: _("Estimated"),
    Certainty.CHANGED: _("Changed by you"),
}


def rhythm_text(rhythm: Rhythm | None, language: str) -> str:
    """Say when a moment comes again, in one phrase."""
    if rhythm is None:
        return gettext("Moves from year to year")
    if rhythm.repeats is Repeat.YEARLY:
        month = MONTHS["id" if language == "id" else "en"][(rhythm.month or 1) - 1]
        day = f"{rhythm.first_day} {month}"
        if rhythm.days == 1:
            return gettext("Every year on %(day)s") % {"day": day}
        return gettext("Every year from %(day)s for %(count)s days") % {"day": day, "count": rhythm.days}
    if rhythm.repeats is Repeat.MONTHLY:
        return gettext("Every month from day %(first)s to day %(last)s") % {
            "first": rhythm.first_day,
            "last": rhythm.last_day,
        }
    if rhythm.repeats is Repeat.DOUBLE:
        return gettext("1.1, 2.2 and so on to 12.12")
    return gettext("On days you write down")
