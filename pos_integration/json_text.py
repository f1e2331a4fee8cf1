"""JSON as a till may send it and as we answer it: strict in, compact out, integers only.

Refused on the way in, quickly and by name: bodies that are too large, bad UTF-8, duplicate keys, NaN and Infinity,
deep nesting, NUL and lone surrogates. Numbers with a fraction or exponent are read as Decimal, so that no
whole-number field takes them for an integer; integers too long to be anything are read as `TooLong`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext

MAX_BODY_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 32
_LONGEST_INTEGER: Final = 19


class TooLong(int):
    """An integer of more digits than any figure here can have; its value is not kept."""


class MalformedJsonError(ValueError):
    """`reason` completes the sentence 'The body could not be read as JSON: ...'."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class MalformedPart:
    """In place of a part that could not be read: why not. The rest of the body is as it came."""

    reason: str


def read_json(raw: bytes, *, entries: str = "") -> Any:
    """Read JSON; numbers are int or Decimal, nothing is deeper than MAX_DEPTH. Raises MalformedJsonError.

    `entries` names a list of the body whose entries are read each for itself: one that is wrong is a MalformedPart.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJsonError(gettext("bad UTF-8 at byte %(byte)s") % {"byte": error.start}) from None
    try:
        value = (_PATIENT_DECODER if entries else _DECODER).decode(text)
    except RecursionError:
        raise MalformedJsonError(gettext("nested too deeply")) from None
    except json.JSONDecodeError as error:
        raise MalformedJsonError(gettext("no JSON from character %(place)s on") % {"place": error.pos}) from None
    check_text = "\\u" in text
    if isinstance(value, dict) and isinstance(value.get(entries), list):
        _refuse_bad_parts({**value, entries: []}, check_text=check_text)
        return {**value, entries: [_read_entry(entry, check_text=check_text) for entry in value[entries]]}
    _refuse_bad_parts(value, check_text=check_text)
    return value


def write_json(value: Any) -> str:
    """Write compact JSON text, letters as themselves; ids, days and instants as strings. Floats are refused."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=plain, allow_nan=False)


def canonical_json(value: Any) -> bytes:
    """Return the bytes of a validated body, keys sorted: equal content has equal ones, whatever the order or spelling.

    Such a body holds no floats, so a number has one spelling too.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=plain, allow_nan=False)
    return text.encode()


def plain(value: Any) -> str:
    """Write ids as text, days as YYYY-MM-DD, instants in UTC with 'Z'."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not belong in an answer")


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise MalformedJsonError(gettext("the key %(key)s is there twice in one object") % {"key": repr(twice[:64])})
    return value


def _read_integer(digits: str) -> int:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else TooLong(1)


def _refuse_constant(word: str) -> Any:
    raise MalformedJsonError(gettext("%(word)s is not a number in JSON") % {"word": word})


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_read_object, parse_int=_read_integer, parse_float=Decimal, parse_constant=_refuse_constant
)


def _keep_reason(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the reader, which leaves a MalformedPart where it would raise."""

    def read_patiently(part: Any) -> Any:
        try:
            return read(part)
        except MalformedJsonError as error:
            return MalformedPart(error.reason)

    return read_patiently


_PATIENT_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_keep_reason(_read_object),
    parse_int=_read_integer,
    parse_float=Decimal,
    parse_constant=_keep_reason(_refuse_constant),
)


def _read_entry(entry: Any, *, check_text: bool) -> Any:
    """Return the entry of a list, or what is wrong in it. It lies two levels deep."""
    try:
        _refuse_bad_parts(entry, check_text=check_text, depth=3)
    except MalformedJsonError as error:
        return MalformedPart(error.reason)
    return entry


def _refuse_bad_parts(value: Any, *, check_text: bool, depth: int = 1) -> None:
    """Refuse depth, bad texts and parts that could not be read.

    It walks with a stack of its own: a deep body must not meet the interpreter's recursion limit.
    """
    waiting: list[tuple[Any, int]] = [(value, depth)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            if check_text and ("\x00" in item or (not item.isprintable() and _has_surrogate(item))):
                raise MalformedJsonError(gettext("a text holds NUL or a lone surrogate"))
        elif isinstance(item, MalformedPart):
            raise MalformedJsonError(item.reason)
        elif isinstance(item, dict):
            waiting.extend((part, depth + 1) for pair in item.items() for part in pair)
        elif isinstance(item, list):
            waiting.extend((part, depth + 1) for part in item)
        if depth > MAX_DEPTH:
            raise MalformedJsonError(gettext("nested too deeply"))


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
