"""The list's filter by birthday: this month, the next seven days, or a month of the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.dates import MONTHS
from django.utils.translation import gettext

from members.rules import birthday_keys_between, birthday_keys_in

THIS_MONTH: Final = "this-month"
NEXT_DAYS: Final = "next-7-days"
DAYS: Final = 7


@dataclass(frozen=True)
class AskedBirthday:
    """Birthdays by `members.rules.birthdays.birthday_key`, and the same in words."""

    keys: tuple[int, ...]
    words: str


def read_birthday(code: str, today: date) -> AskedBirthday | None:
    """Return what the address asks for; None for nothing and for a code that is none."""
    if code == NEXT_DAYS:
        keys = birthday_keys_between(today, today + timedelta(days=DAYS - 1))
        return AskedBirthday(tuple(keys), gettext("Birthday in the next 7 days"))
    month = today.month if code == THIS_MONTH else int(code) if code in set(map(str, MONTHS)) else None
    if month is None:
        return None
    words = gettext("Birthday this month: %(month)s") if code == THIS_MONTH else gettext("Birthday in %(month)s")
    return AskedBirthday(tuple(birthday_keys_in(month)), words % {"month": MONTHS[month]})


def birthday_choices() -> list[tuple[str, str]]:
    """Return the choices of the filter; months of the year after the two that move with the day."""
    months = [(str(number), str(name)) for number, name in MONTHS.items()]
    return [(NEXT_DAYS, gettext("Next 7 days")), (THIS_MONTH, gettext("This month")), *months]
