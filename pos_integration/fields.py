"""Strict request fields: each accepts one JSON type, says so in the schema, and explains a refusal with its fix.

Django REST framework's own fields guess ('1' is 1, 1.0 is 1, true is 1); a till's request is never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final, NoReturn
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty

from common.quantities import MAX_AMOUNT
from common.text import clean_reference, is_visible
from pos_integration.json_text import TooLong
from rewards.engine.facts import UNITS, VALUE_PATTERN

REQUIRED: Final = _("This field is missing. Send it.")
NULL: Final = _("This field may not be null. Send a value.")
NOT_TEXT: Final = _("This must be text in double quotes.")
UUID_TEXT: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_REFERENCE: Final = 64
_INSTANT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


class StrictField(serializers.Field[Any, Any, Any, Any]):
    """Optional fields take null for absent, because many tills write every field they know."""

    default_error_messages = {"required": REQUIRED, "null": NULL}

    def __init__(self, *, required: bool = True, default: Any = empty, help_text: Any = None) -> None:
        if default is not empty:
            super().__init__(default=default, allow_null=True, help_text=help_text)
        else:
            super().__init__(required=required, allow_null=not required, help_text=help_text)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the value when it is present and not null."""
        raise NotImplementedError

    def to_representation(self, value: Any) -> Any:
        return value


class Text(StrictField):
    """Text of `low` to `high` characters; blanks around it are content and stay."""

    default_error_messages = {
        "type": NOT_TEXT,
        "short": _("This text is empty or too short. Fewest characters: {low}."),
        "long": _("This text is too long: at most {high} characters."),
        "pattern": _("This text does not have the expected form: {form}."),
        "character": _("This text holds a NUL character. Remove it."),
    }

    def __init__(
        self,
        *,
        high: int,
        low: int = 1,
        pattern: str | None = None,
        form: Any = "",
        text_format: str = "",
        **kwargs: Any,
    ) -> None:
        self.low, self.high, self.pattern, self.form, self.text_format = low, high, pattern, form, text_format
        super().__init__(**kwargs)

    def schema(self) -> dict[str, Any]:
        if self.text_format:
            filled = {"type": "string", "format": self.text_format, "description": f"At most {self.high} characters"}
            return filled if self.low else {"anyOf": [filled, {"type": "string", "maxLength": 0}]}
        shape: dict[str, Any] = {"type": "string", "minLength": self.low, "maxLength": self.high}
        return {**shape, "pattern": self.pattern} if self.pattern else shape

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("type")
        if len(data) < self.low:
            self.fail("short", low=self.low)
        if len(data) > self.high:
            self.fail("long", high=self.high)
        if "\x00" in data:
            self.fail("character")
        if self.pattern is not None and not re.search(self.pattern.replace("$", r"\Z"), data):
            self.fail("pattern", form=self.form or self.pattern)
        return data


class Reference(Text):
    """The till's own number of a receipt or a refund, in the one form in which it is stored and compared."""

    default_error_messages = {
        "invisible": _("This number holds a sign that is not seen (a line break, a tab, a mark). Remove it."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(high=MAX_REFERENCE, text_format="reference", **kwargs)

    def schema(self) -> dict[str, Any]:
        words = "1 to 64 printable characters, without blanks at the ends; compared exactly, in Unicode's form NFC"
        return {**super().schema(), "description": words, "examples": ["INV/2026/11/0001", "#1001"]}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("type")
        reference = super().to_internal_value(clean_reference(data))
        if not is_visible(reference):
            self.fail("invisible")
        return reference


class Code(Text):
    """The code of a product. Blanks at its ends are none of it; where it may be absent, a blank one is absent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(high=64, **{"low": 1 if kwargs.get("required", True) else 0, **kwargs})

    def schema(self) -> dict[str, Any]:
        return {**super().schema(), "examples": ["KOPI-250"]}

    def to_internal_value(self, data: Any) -> str | None:  # type: ignore[override]  # None: there is no code
        return super().to_internal_value(data.strip() if isinstance(data, str) else data) or None


class Choice(StrictField):
    """One of a few words."""

    default_error_messages = {"choice": _("This must be one of: {words}.")}

    def __init__(self, words: Sequence[str], **kwargs: Any) -> None:
        self.words = tuple(words)
        super().__init__(**kwargs)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.words:
            self.fail("choice", words=", ".join(self.words))
        return data


class MeasureField(StrictField):
    """What one unit of the goods weighs or measures: a figure with its unit, or words that are only shown."""

    WORDS = 40
    default_error_messages = {
        "type": _("This must be a text, or an object with value and unit."),
        "long": _("This text is too long: at most {high} characters."),
        "character": _("This text holds a NUL character. Remove it."),
        "fields": _("Send exactly value and unit."),
        "value": _('This must be a decimal above 0 in quotes, such as "0.452".'),
        "unit": _("Send one of: {units}."),
    }

    def schema(self) -> dict[str, Any]:
        figure = {
            "type": "object",
            "properties": {
                "value": {"type": "string", "pattern": rf"^(?!0*\.?0*$){VALUE_PATTERN[1:]}"},
                "unit": {"type": "string", "enum": list(UNITS)},
            },
            "required": ["value", "unit"],
            "additionalProperties": False,
        }
        words = {"type": "string", "maxLength": self.WORDS}
        return {"anyOf": [figure, words], "examples": [{"value": "0.452", "unit": "kg"}, "1 ikat"]}

    def to_internal_value(self, data: Any) -> str | dict[str, str]:
        if isinstance(data, str):
            if len(data) > self.WORDS:
                self.fail("long", high=self.WORDS)
            return data
        if not isinstance(data, dict):
            self.fail("type")
        if set(data) != {"value", "unit"}:
            self.fail("fields")
        value, unit = data["value"], data["unit"]
        errors = {}
        if not isinstance(value, str) or not re.fullmatch(VALUE_PATTERN, value, re.ASCII) or not Decimal(value):
            errors["value"] = [self._describe_part("value")]
        if not isinstance(unit, str) or unit not in UNITS:
            errors["unit"] = [self._describe_part("unit", units=", ".join(UNITS))]
        if errors:
            raise ValidationError(errors)
        return {"value": f"{Decimal(value).normalize():f}", "unit": unit}

    def _describe_part(self, code: str, **figures: str) -> ErrorDetail:
        return ErrorDetail(str(self.error_messages[code]).format(**figures), code)


class WholeNumber(StrictField):
    """A JSON integer from `low` to `high`: no fraction, no exponent, no text, no true or false."""

    default_error_messages = {
        "type": _("This must be a whole number without decimals, exponent or quotes."),
        "low": _("This number is too small: at least {low}."),
        "high": _("This number is too large: at most {high}."),
    }

    def __init__(self, *, low: int = 0, high: int = MAX_AMOUNT, **kwargs: Any) -> None:
        self.low, self.high = low, high
        super().__init__(**kwargs)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, TooLong):
            self.fail("high", high=self.high)
        if type(data) is not int:
            self.fail("type")
        if data < self.low:
            self.fail("low", low=self.low)
        if data > self.high:
            self.fail("high", high=self.high)
        return int(data)


class YesNo(StrictField):
    default_error_messages = {"type": _("This must be true or false, without quotes.")}

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def to_internal_value(self, data: Any) -> bool:
        if data is not True and data is not False:
            self.fail("type")
        return bool(data)


class Id(StrictField):
    default_error_messages = {"type": _("This must be a UUID in text form, 8-4-4-4-12 hexadecimal digits.")}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not UUID_TEXT.fullmatch(data):
            self.fail("type")
        return UUID(data)


class Day(StrictField):
    default_error_messages = {"type": _("This must be a day that exists, as YYYY-MM-DD.")}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def to_internal_value(self, data: Any) -> date:
        try:
            if not isinstance(data, str) or not _DAY.fullmatch(data):
                self.fail("type")
            return date.fromisoformat(data)
        except ValueError:
            self.fail("type")


class Instant(StrictField):
    """RFC 3339 with offset, in UTC afterwards. A clock that claims years before 1970 is read as 1970.

    Midnight may be written as 24:00:00 of the day that ends.
    """

    default_error_messages = {"type": _("This must be an instant with offset, such as 2026-03-05T14:30:00+07:00.")}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def to_internal_value(self, data: Any) -> datetime:
        match = _INSTANT.fullmatch(data) if isinstance(data, str) else None
        if match is None:
            self._refuse_type()
        year, month, day, hour, minute, second = (int(match[n]) for n in range(1, 7))
        micro = int((match[7] or "0")[:6].ljust(6, "0"))
        offset_minutes = 0 if match[8] else int(match[10]) * 60 + int(match[11])
        if year == 0 or (match[11] and (int(match[10]) > 23 or int(match[11]) > 59)):
            self._refuse_type()
        ends_day = (hour, minute, second, micro) == (24, 0, 0, 0)
        leap = second == 60  # RFC 3339 allows a leap second; our clock has none
        zone = timezone(timedelta(minutes=-offset_minutes if match[9] == "-" else offset_minutes))
        try:
            local = datetime(year, month, day, 0 if ends_day else hour, minute, second - leap, micro, tzinfo=zone)
            local += timedelta(days=ends_day)
        except ValueError:
            self._refuse_type()
        except OverflowError:
            return LATEST
        if not 1970 < year < 9999:
            return EARLIEST if year < 9999 and local.replace(tzinfo=UTC) < EARLIEST else min(LATEST, _to_utc(local))
        return local.astimezone(UTC)

    def _refuse_type(self) -> NoReturn:
        self.fail("type")


def _to_utc(local: datetime) -> datetime:
    try:
        return max(EARLIEST, local.astimezone(UTC))
    except OverflowError:
        return LATEST


class Attributes(StrictField):
    """The shop's own fields of a member: at most `MOST`, names to plain values."""

    MOST = 50
    default_error_messages = {
        "type": _("This must be an object of names and plain values."),
        "many": _("At most {most} attributes."),
        "name": _("An attribute's name has 1 to 40 characters."),
        "value": _("'{name}' must be text of at most 200 characters, a whole number, true, false or null."),
    }

    def schema(self) -> dict[str, Any]:
        text = {"type": "string", "format": "printable"}
        number = {"type": "integer", "minimum": -MAX_AMOUNT, "maximum": MAX_AMOUNT}
        return {
            "type": "object",
            "description": "Names of 1 to 40 characters; texts of at most 200 characters",
            "maxProperties": self.MOST,
            "propertyNames": {"type": "string", "format": "printable"},
            "additionalProperties": {"anyOf": [text, number, {"type": "boolean"}, {"type": "null"}]},
        }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("type")
        if len(data) > self.MOST:
            self.fail("many", most=self.MOST)
        for name, value in data.items():
            if not 1 <= len(name) <= 40 or "\x00" in name:
                self.fail("name")
            if not _is_plain(value):
                self.fail("value", name=name)
        return dict(data)


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 200 and "\x00" not in value
    if isinstance(value, bool) or value is None:
        return True
    return type(value) is int and abs(value) <= MAX_AMOUNT
