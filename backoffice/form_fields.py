"""Fields that read money, points, days and times the way people in Indonesia write them.

Browsers' own number and date boxes follow the browser's language; these follow the merchant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from common.languages import reader_language
from common.quantities import (
    CURRENCY_SYMBOLS,
    DECIMAL_MARK,
    MAX_AMOUNT,
    MONTHS,
    format_day,
    format_money,
    format_number,
    parse_money,
    zone_name,
)
from common.text import clean_address

LONGEST_WHOLE: Final = 40
"""Characters of a number that are read; what is longer is above every limit, and Python refuses to count its digits."""
MONTH_NUMBERS: Final = {name.lower(): i for names in MONTHS.values() for i, name in enumerate(names, start=1)}

ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class AddressField(forms.EmailField):
    """An e-mail address; invisible marks, which phone books and chats put around it, are dropped first."""

    default_error_messages = {
        "invalid": gettext_lazy("This is not a complete e-mail address. Write it as name@example.com."),
    }

    def to_python(self, value: Any) -> Any:
        return super().to_python(clean_address(value) if isinstance(value, str) else value)


class NeedsByChoice(forms.Form):
    """A form in which a choice decides what else is asked for: such a box is required with its choice, unseen without.

    `NEEDS`: choice -> its value -> the names of the boxes it needs. None of them is called optional.
    """

    NEEDS: ClassVar[Mapping[str, Mapping[str, Sequence[str]]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for choice, by_value in self.NEEDS.items():
            for value, names in by_value.items():
                for name in names:
                    mark_asked_with(self.fields.get(name), choice, value)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for choice, by_value in self.NEEDS.items():
            for name in by_value.get(str(data.get(choice) or ""), ()):
                if name in self.fields and data.get(name) in (None, "") and name not in self.errors:
                    self.add_error(name, gettext("Fill this in."))
        return data


def mark_asked_with(field: forms.Field | None, choice: str, value: str) -> None:
    """Let the box be drawn as one that belongs to a choice: see components/forms/field.html and pages.css."""
    if field is not None:
        marked: Any = field
        marked.asked_with = f"{getattr(field, 'asked_with', '')} with-{choice}-{value}".strip()


class AmountField(forms.CharField):
    """Money in the currency's smallest unit: '1.250.000', 'Rp1.250.000' and '1250000' are the same amount."""

    default_error_messages = {
        "unclear": gettext_lazy("Write the amount with dots or without, such as 1.250.000 or 1250000."),
        "below": gettext_lazy("At least %(least)s."),
        "above": gettext_lazy("At most %(most)s."),
    }

    def __init__(self, *, currency: str, least_amount: int = 0, most_amount: int = MAX_AMOUNT, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(**options)
        self.least_amount, self.most_amount = least_amount, most_amount
        self.for_currency(currency)

    def for_currency(self, currency: str) -> None:
        """Set the currency of a form that learns its merchant only when it is made."""
        self.currency = currency
        self.unit_before = CURRENCY_SYMBOLS.get(currency, currency)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            amount = parse_money(text, self.currency)
        except ValueError as error:
            raise ValidationError(self.error_messages["unclear"], code="unclear") from error
        for code, limit, outside in (
            ("below", self.least_amount, amount < self.least_amount),
            ("above", self.most_amount, amount > self.most_amount),
        ):
            if outside:
                shown = format_money(limit, self.currency, reader_language())
                names = {"least": shown, "most": shown}
                raise ValidationError(self.error_messages[code], code=code, params=names)
        return amount

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return format_money(value, self.currency, reader_language()).replace(f"{self.unit_before}\u00a0", "")
        return value


class PointsField(forms.CharField):
    """A whole number of points: '1.240' and '1240' are the same."""

    default_error_messages = {
        "unclear": gettext_lazy("Write a whole number of points, such as 1.240 or 1240."),
        "below": gettext_lazy("At least %(least)s."),
        "above": gettext_lazy("At most %(most)s."),
    }

    def __init__(
        self, *, least_points: int = 1, most_points: int = MAX_AMOUNT, points_name: str = "", **options: Any
    ) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(**options)
        self.least_points, self.most_points, self.unit_after = least_points, most_points, points_name

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        if not re.fullmatch(r"-?(\d+|\d{1,3}(\.\d{3})+)", text, re.ASCII):
            raise ValidationError(self.error_messages["unclear"], code="unclear")
        points = int(text[:LONGEST_WHOLE].replace(".", ""))
        names = {"least": format_number(self.least_points), "most": format_number(self.most_points)}
        if points < self.least_points:
            raise ValidationError(self.error_messages["below"], code="below", params=names)
        if points > self.most_points:
            raise ValidationError(self.error_messages["above"], code="above", params=names)
        return points

    def prepare_value(self, value: Any) -> Any:
        return format_number(value) if isinstance(value, int) else value


class WholeField(forms.IntegerField):
    """A whole number with its unit behind the box."""

    def __init__(self, *, unit: Any = "", **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(**options)
        self.unit_after = unit


class PercentField(forms.CharField):
    """A share in percent with up to two decimals: '12,5' and '12.5' are the same. Gives a Decimal."""

    default_error_messages = {
        "unclear": gettext_lazy("Write a percentage such as 10 or 12,5."),
        "range": gettext_lazy("More than 0 and at most 100 percent."),
    }

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**options)
        self.unit_after = "%"

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        if not re.fullmatch(r"\d{1,4}([.,]\d{1,2})?", text, re.ASCII):
            raise ValidationError(self.error_messages["unclear"], code="unclear")
        percent = Decimal(text.replace(",", "."))
        if not 0 < percent <= 100:
            raise ValidationError(self.error_messages["range"], code="range")
        return percent

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}".replace(".", DECIMAL_MARK) if isinstance(value, Decimal) else value


class DayField(forms.CharField):
    """A day: '5 Mar 2026', '5/3/2026' (day first) or '2026-03-05'. app.js adds a calendar beside it.

    Years outside 1900 to 2999 are refused with a note, for what is stored is later added to and shown in zones. Only a
    filter takes them (`any_year`): there 31/12/9999 means "no end".
    """

    default_error_messages = {
        "unclear": gettext_lazy("Write a day such as 5/3/2026 or 5 Mar 2026."),
        "year": gettext_lazy("Write a year from 1900 to 2999. For no limit, leave this empty."),
        "year_required": gettext_lazy("Write a year from 1900 to 2999."),
    }

    def __init__(self, *, any_year: bool = False, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "data-day": ""}))
        super().__init__(**options)
        self.any_year = any_year

    def to_python(self, value: Any) -> Any:
        if isinstance(value, date):
            return value
        text = super().to_python(value)
        if not text:
            return None
        try:
            day = parse_day(text)
        except ValueError as error:
            raise ValidationError(self.error_messages["unclear"], code="unclear") from error
        if not self.any_year and not 1900 <= day.year <= 2999:
            code = "year_required" if self.required else "year"
            raise ValidationError(self.error_messages[code], code=code)
        return day

    def prepare_value(self, value: Any) -> Any:
        """Write a day as people read it, 2026-03-05 of an address too; what is unclear stays as typed."""
        if isinstance(value, str) and ISO_DAY.fullmatch(value.strip()):
            try:
                value = date.fromisoformat(value.strip())
            except ValueError:
                return value
        return format_day(value, reader_language()) if isinstance(value, date) else value


class ClockField(forms.CharField):
    """A time of day in `zone`: '14.30' or '14:30'; the zone's name is behind the box."""

    default_error_messages = {"unclear": gettext_lazy("Write a time such as 14.30.")}

    def __init__(self, *, zone: str, at: datetime, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**options)
        self.unit_after = zone_name(zone, at)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        match = re.fullmatch(r"(\d{1,2})[.:](\d{2})", text, re.ASCII)
        try:
            if match is None:
                raise ValueError(text)
            return time(int(match[1]), int(match[2]))
        except ValueError as error:
            raise ValidationError(self.error_messages["unclear"], code="unclear") from error

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%H.%M}" if isinstance(value, time) else value


def parse_day(text: str) -> date:
    """Read '5 Mar 2026', '5 Maret 2026', '5/3/2026', '05-03-2026', '2026-03-05'. Raises ValueError on anything else."""
    text = " ".join(text.split())
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text, re.ASCII):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text, re.ASCII):
        return date(int(match[3]), int(match[2]), int(match[1]))
    if match := re.fullmatch(r"(\d{1,2}) ([a-z]{3,})\.? (\d{4})", text.lower(), re.ASCII):
        month = MONTH_NUMBERS.get(match[2][:3])
        if month:
            return date(int(match[3]), month, int(match[1]))
    raise ValueError(text)


def instant_of(day: date, clock: time, zone: str) -> datetime:
    """Return the instant at which clocks in `zone` show `clock` on `day`."""
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone))
