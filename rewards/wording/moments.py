"""What moments are called."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rewards.facts import OwnCalendar

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
    """A standard moment in the reader's language, the merchant's own as they called it, an unknown one by its code."""
    word = MOMENT_WORDS.get(code)
    if word is not None:
        return str(word)
    return next((moment.name for moment in own.moments if moment.code == code), code)
