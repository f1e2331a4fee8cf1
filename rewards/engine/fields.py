"""Readers of the fields of a definition: JSON value in, checked value out, or what is wrong in a marketer's words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date, time
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple, get_type_hints
from unicodedata import category
from uuid import UUID

from common.text import clean_line, is_printable
from rewards.engine.facts import Filter, HourRange
from rewards.engine.names import name_key
from rewards.engine.shares import Ratio

MAX_FIGURE = 10**12


class Problem(NamedTuple):
    """What is wrong where: `pointer` is a JSON pointer into the definition, `code` names the message."""

    pointer: str
    code: str
    message: str


class DefinitionError(ValueError):
    """A definition that must not be saved; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.pointer or '/'}: {problem.message}" for problem in problems))


Reader = Callable[[Any, str], Any]


def fail(pointer: str, code: str, message: str) -> DefinitionError:
    return DefinitionError([Problem(pointer, code, message)])


def read_object(into: type, data: Any, pointer: str, readers: Mapping[str, Reader] | None = None) -> Any:
    """Read `data` into a dataclass; unknown and missing fields are problems. A field without value takes its default.

    Readers stand in the annotations, `value: Annotated[Ratio, percent]`, or are given by field name.
    """
    if not isinstance(data, Mapping):
        raise fail(pointer, "not_an_object", "This must be an object with named fields.")
    known = _readers_of(into) if readers is None else readers
    problems = [
        Problem(f"{pointer}/{name}", "unknown_field", "This field does not exist here.")
        for name in data
        if name not in known
    ]
    values: dict[str, Any] = {}
    for name, read in known.items():
        if data.get(name) is not None:
            try:
                values[name] = read(data[name], f"{pointer}/{name}")
            except DefinitionError as error:
                problems.extend(error.problems)
        elif name in _required_names(into):
            problems.append(Problem(f"{pointer}/{name}", "required", "This field is required."))
    if problems:
        raise DefinitionError(problems)
    return into(**values)


@cache
def _readers_of(into: type) -> Mapping[str, Reader]:
    hints = get_type_hints(into, include_extras=True)
    return {item.name: hints[item.name].__metadata__[0] for item in fields(into)}


@cache
def _required_names(into: type) -> frozenset[str]:
    return frozenset(item.name for item in fields(into) if item.default is MISSING and item.default_factory is MISSING)


def nested(into: type) -> Reader:
    return lambda value, pointer: read_object(into, value, pointer)


def whole_number(least: int, code: str, message: str, most: int = MAX_FIGURE) -> Reader:
    def read(value: Any, pointer: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise fail(pointer, code, message)
        return value

    return read


amount = whole_number(0, "not_an_amount", "Give a whole amount of 0 or more, in the currency's smallest unit.")
positive_amount = whole_number(1, "not_an_amount", "Give a whole amount above 0, in the currency's smallest unit.")
points = whole_number(1, "not_points", "Give a whole number of points above 0.")
quantity = whole_number(1, "not_a_quantity", "Give a whole number above 0.", 10**6)
count = whole_number(0, "not_a_count", "Give a whole number of 0 or more.")
priority = whole_number(-(10**6), "not_a_priority", "Give a whole number; the lowest acts first.", 10**6)


def text(value: Any, pointer: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise fail(pointer, "not_text", "Give a text.")
    return value


def unprintable(value: Any, pointer: str = "") -> Iterator[Problem]:
    """Yield the texts, field names included, that hold NUL or another character that cannot be seen or stored."""
    if isinstance(value, str):
        if any(category(sign) in _UNPRINTABLE for sign in value) or not is_printable(clean_line(value)):
            yield Problem(pointer, "text_unprintable", _UNPRINTABLE_TEXT)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            shown = "".join(sign for sign in str(name) if category(sign) not in _UNPRINTABLE)
            if shown != str(name):
                yield Problem(f"{pointer}/{shown}", "text_unprintable", _UNPRINTABLE_TEXT)
            yield from unprintable(item, f"{pointer}/{shown}")
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from unprintable(item, f"{pointer}/{number}")


_UNPRINTABLE_TEXT = "Take out the characters that cannot be printed."
_UNPRINTABLE = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
"""Controls, halves of surrogate pairs, what Unicode has not given out, breaks of lines and paragraphs."""


def flag(value: Any, pointer: str) -> bool:
    if not isinstance(value, bool):
        raise fail(pointer, "not_yes_or_no", "Answer yes or no (true or false).")
    return value


def choice(*options: str) -> Reader:
    def read(value: Any, pointer: str) -> str:
        if value not in options:
            raise fail(pointer, "not_a_choice", f"Choose one of: {', '.join(options)}.")
        return str(value)

    return read


def one_or_list(read: Reader) -> Reader:
    """Read a single value, or a list of them, as a tuple."""
    many = list_of(read)
    return lambda value, pointer: many(value if isinstance(value, list) else [value], pointer)


def list_of(read: Reader) -> Reader:
    def read_all(value: Any, pointer: str) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            raise fail(pointer, "not_a_list", "Give a list.")
        items: list[Any] = []
        problems: list[Problem] = []
        for i, item in enumerate(value):
            try:
                items.append(read(item, f"{pointer}/{i}"))
            except DefinitionError as error:
                problems.extend(error.problems)
        if problems:
            raise DefinitionError(problems)
        return tuple(items)

    return read_all


def texts(value: Any, pointer: str) -> frozenset[str]:
    return frozenset(list_of(text)(value, pointer))


def texts_or_none(value: Any, pointer: str) -> frozenset[str] | None:
    """Read a list of ids; an empty one sets no condition."""
    return texts(value, pointer) or None


def names_or_none(value: Any, pointer: str) -> frozenset[str] | None:
    """Read a list of names as they are compared; an empty one sets no condition."""
    return frozenset(map(name_key, texts(value, pointer))) or None


def decimal(value: Any, pointer: str) -> Decimal:
    """Read a decimal written as a string or a number; binary fractions never come in."""
    try:
        if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
            raise InvalidOperation
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise fail(pointer, "not_a_number", "Give a number, such as 12.5.") from None
    # An exponent far out would make integers of millions of digits below.
    if not number.is_finite() or not -12 <= number.adjusted() <= 12 or len(number.as_tuple().digits) > 20:
        raise fail(pointer, "not_a_number", "Give a number, such as 12.5.")
    return number


def percent(value: Any, pointer: str) -> Ratio:
    number = decimal(value, pointer)
    if not 0 < number <= 100:
        raise fail(pointer, "not_a_percentage", "Give a percentage above 0 and up to 100.")
    return Ratio.percent(number)


def share_in_percent(value: Any, pointer: str) -> Decimal:
    """Read a percentage as it is written, in hundredths at the finest."""
    number = decimal(value, pointer)
    if not 0 < number <= 100 or number * 100 % 1:
        raise fail(pointer, "not_a_share", "Give a percentage above 0 and up to 100, with at most two decimals.")
    return number


def identifier(value: Any, pointer: str) -> str:
    try:
        return str(UUID(text(value, pointer)))
    except ValueError:
        raise fail(pointer, "not_an_id", "Give the id of one of your partners.") from None


def rate(value: Any, pointer: str) -> Ratio:
    number = decimal(value, pointer)
    if not number > 0:
        raise fail(pointer, "not_positive", "Give a number above 0.")
    return Ratio.of(number)


def day(value: Any, pointer: str) -> date:
    try:
        if not isinstance(value, str) or len(value) != 10:
            raise ValueError(value)
        return date.fromisoformat(value)
    except ValueError:
        raise fail(pointer, "not_a_day", "Give a day as YYYY-MM-DD.") from None


def clock_time(value: Any, pointer: str) -> time:
    try:
        if not isinstance(value, str) or len(value) != 5:
            raise ValueError(value)
        return time.fromisoformat(value)
    except ValueError:
        raise fail(pointer, "not_a_time", "Give a time as HH:MM.") from None


def hours(value: Any, pointer: str) -> tuple[HourRange, ...]:
    return tuple(list_of(_hour_range)(value, pointer))


def _hour_range(value: Any, pointer: str) -> HourRange:
    if not isinstance(value, Mapping) or set(value) != {"from", "to"}:
        raise fail(pointer, "not_hours", 'Give hours as {"from": "HH:MM", "to": "HH:MM"}.')
    start = clock_time(value["from"], f"{pointer}/from")
    end = None if value["to"] == "24:00" else clock_time(value["to"], f"{pointer}/to")
    if start == end:
        raise fail(pointer, "no_hours", "The hours begin and end at the same time.")
    return HourRange(start, end)


def weekdays(value: Any, pointer: str) -> frozenset[int] | None:
    read = whole_number(1, "not_a_weekday", "Weekdays are 1 (Monday) to 7 (Sunday).", 7)
    return frozenset(list_of(read)(value, pointer)) or None


def code(value: Any, pointer: str) -> str | bool:
    """Read the code to be typed, or true when any coupon issued for this promotion opens it."""
    if value is True or value is False:
        return bool(value)
    return text(value, pointer)


def goods(value: Any, pointer: str) -> Filter | None:
    """Read a filter; one that names nothing matches everything, which is None."""
    written = read_object(Filter, value, pointer, _FILTER)
    found = Filter(
        **{name: frozenset(map(name_key, getattr(written, name))) for name in _FILTER}, spelling=_spelling_of(written)
    )
    return found if found != _ANYTHING else None


def _spelling_of(written: Filter) -> Mapping[str, str]:
    """Return each name as it was written, trimmed; of several spellings the first in alphabetical order."""
    texts = sorted((text.strip() for name in _FILTER for text in getattr(written, name)), reverse=True)
    return {name_key(text): text for text in texts}


_FILTER: Mapping[str, Reader] = dict.fromkeys(("skus", "categories", "exclude_skus", "exclude_categories"), texts)
_ANYTHING = Filter()


def mapping(value: Any, pointer: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise fail(pointer, "not_an_object", "This must be an object with named fields.")
    return value
