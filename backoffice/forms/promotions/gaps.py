"""Gaps of a promotion's sentence: a box on the page and where in the definition its value stands.

Because each gap knows its place, the form writes a definition, is filled from one, and shows a problem that names a
place beside the box.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.forms.fields import AmountField, ClockField, DayField, PercentField, WholeField
from backoffice.forms.goods import GoodsField, TextsField
from backoffice.forms.simulator import RateField
from common.errors import Missing

MOST_UNITS = 10**6


@dataclass(frozen=True)
class Desk:
    """What boxes are made for: the merchant's money, clock, and what their conditions may name, as (value, word).

    `find_member` gives the id of whoever a number names, raising Missing; `numbers_of` the numbers of ids;
    `called` what goods are called, by the codes asked for.
    """

    currency: str
    zone: str
    now: datetime
    points_name: str = ""
    segments: Sequence[tuple[str, str]] = ()
    tiers: Sequence[tuple[str, str]] = ()
    outlets: Sequence[tuple[str, str]] = ()
    moments: Sequence[tuple[str, str]] = ()
    categories: Sequence[str] = ()
    find_member: Callable[[str], UUID] | None = None
    numbers_of: Callable[[Sequence[str]], Mapping[str, str]] | None = None
    called: Callable[[Sequence[str]], Mapping[str, str]] | None = None


def same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Gap:
    """`path` is the place in the definition, with slashes. `write` turns what the form read into JSON, `read` back.

    Nothing, "" and [] leave the place out, and so does a box that is not ticked. `way`: the gap is asked for only
    where the kind is meant so.
    """

    name: str
    path: str
    make: Callable[[Desk], forms.Field]
    write: Callable[[Any], Any] = same
    read: Callable[[Any], Any] = same
    way: str = ""


@dataclass(frozen=True)
class Ways:
    """A kind that can be meant in one of several ways: each names the gaps it needs."""

    label: Any
    choices: Sequence[tuple[str, Any]]
    needs: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class KindForm:
    """What the form asks for one kind: first what everybody fills in, then what few need.

    `fixed` stands in every definition the form writes, `finish` and `start` bridge what no single gap can say.
    """

    gaps: Sequence[Gap]
    more: Sequence[Gap] = ()
    ways: Ways | None = None
    finish: Callable[[dict[str, Any], Mapping[str, Any]], None] = field(default=lambda made, data: None)
    start: Callable[[dict[str, Any]], None] = field(default=lambda source: None)

    @property
    def all_gaps(self) -> list[Gap]:
        return [*self.gaps, *self.more]


# --- places ------------------------------------------------------------------------------------------------------


def put(made: dict[str, Any], path: str, value: Any) -> None:
    *folders, name = path.split("/")
    for folder in folders:
        made = made.setdefault(folder, {})
    made[name] = value


def take(source: Mapping[str, Any], path: str) -> Any:
    """None where nothing stands there."""
    found: Any = source
    for name in path.split("/"):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def written(gaps: Iterable[Gap], data: Mapping[str, Any], made: dict[str, Any]) -> None:
    """The definition's places that these gaps fill."""
    for gap in gaps:
        value = gap.write(data.get(gap.name))
        unticked = value is False and gap.write is same
        if value is not None and value not in ("", []) and not unticked:
            put(made, gap.path, value)


def initial(gaps: Iterable[Gap], source: Mapping[str, Any]) -> dict[str, Any]:
    """What the boxes show for a definition."""
    found = {gap.name: take(source, gap.path) for gap in gaps}
    return {gap.name: gap.read(found[gap.name]) for gap in gaps if found[gap.name] is not None}


# --- boxes -------------------------------------------------------------------------------------------------------


class FactorField(RateField):
    """Times how many: 2 or 1,5."""

    unit_after = "×"


class ShareField(RateField):
    """A percentage that may be above 100."""

    unit_after = "%"


class MembersField(TextsField):
    """Members by number, phone or e-mail, kept as ids."""

    def __init__(self, desk: Desk, **options: Any) -> None:
        super().__init__(**options)
        self.desk = desk

    def clean(self, value: Any) -> Any:
        ids = []
        for text in super().clean(value):
            try:
                ids.append(str(self.desk.find_member(text)) if self.desk.find_member else text)
            except Missing as missing:
                raise ValidationError(
                    gettext("No member has “%(text)s”. Write a member number or a mobile number."),
                    code="unknown_member", params={"text": text},
                ) from missing  # fmt: skip
        return list(dict.fromkeys(ids))

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)) and self.desk.numbers_of:
            numbers = self.desk.numbers_of(value)
            return ", ".join(numbers.get(one, one) for one in value)
        return super().prepare_value(value)


def amount(label: Any, *, least: int = 1, needed: bool = True, help_text: Any = "") -> Callable[[Desk], forms.Field]:
    return lambda desk: AmountField(
        label=label, currency=desk.currency, least_amount=least, required=needed, help_text=help_text
    )


def whole(
    label: Any, least: int = 1, most: int = MOST_UNITS, *, unit: Any = "", needed: bool = False, help_text: Any = ""
) -> Callable[[Desk], forms.Field]:
    return lambda desk: WholeField(
        label=label, min_value=least, max_value=most, unit=unit, required=needed, help_text=help_text
    )


def points(label: Any, *, needed: bool = True) -> Callable[[Desk], forms.Field]:
    return lambda desk: WholeField(
        label=label, min_value=1, max_value=10**9, unit=desk.points_name, required=needed
    )  # fmt: skip


def percent(label: Any, *, needed: bool = True) -> Callable[[Desk], forms.Field]:
    return lambda desk: PercentField(label=label, required=needed)


def text(label: Any, most: int, *, needed: bool = True, help_text: Any = "") -> Callable[[Desk], forms.Field]:
    return lambda desk: forms.CharField(label=label, max_length=most, required=needed, help_text=help_text)


def flag(label: Any, *, help_text: Any = "") -> Callable[[Desk], forms.Field]:
    return lambda desk: forms.BooleanField(label=label, required=False, help_text=help_text)


def choice(label: Any, choices: Sequence[tuple[str, Any]], *, help_text: Any = "") -> Callable[[Desk], forms.Field]:
    return lambda desk: forms.ChoiceField(label=label, choices=choices, required=False, help_text=help_text)


def day(label: Any, *, help_text: Any = "") -> Callable[[Desk], forms.Field]:
    return lambda desk: DayField(label=label, required=False, help_text=help_text)


def clock(label: Any) -> Callable[[Desk], forms.Field]:
    return lambda desk: ClockField(label=label, zone=desk.zone, at=desk.now, required=False)


def texts(label: Any, *, help_text: Any = "") -> Callable[[Desk], forms.Field]:
    return lambda desk: TextsField(label=label, required=False, help_text=help_text)


def products(label: Any, *, help_text: Any = "") -> Callable[[Desk], forms.Field]:
    return lambda desk: GoodsField(label=label, required=False, help_text=help_text)


def categories(label: Any) -> Callable[[Desk], forms.Field]:
    def make(desk: Desk) -> forms.Field:
        known = gettext("Yours: %(names)s.") % {"names": ", ".join(desk.categories[:12])} if desk.categories else ""
        return TextsField(label=label, required=False, help_text=known)

    return make


PICKS = [("", _("As usual")), ("cheapest", _("The cheapest first")), ("dearest", _("The dearest first"))]


def goods_gaps(path: str = "filter", prefix: str = "", *, way: str = "") -> list[Gap]:
    """Which goods; none named is all."""
    codes = products(_("Products"), help_text=_("By name or code. Empty: all goods."))
    return [
        Gap(f"{prefix}skus", f"{path}/skus", codes, way=way),
        Gap(f"{prefix}categories", f"{path}/categories", categories(_("Categories")), way=way),
    ]


def except_gaps(path: str = "filter", prefix: str = "") -> list[Gap]:
    return [
        Gap(f"{prefix}exclude_skus", f"{path}/exclude_skus", products(_("But not these products"))),
        Gap(f"{prefix}exclude_categories", f"{path}/exclude_categories", texts(_("But not these categories"))),
    ]


# --- sets --------------------------------------------------------------------------------------------------------


def part_gaps(name: str, number: int, label: Any, *, way: str = "") -> list[Gap]:
    """The boxes of part `number` of the set `name`: how many of which goods."""
    part = f"{name}{number}"
    return [
        Gap(f"{part}_qty", f"{part}/qty", whole(label), way=way),
        Gap(f"{part}_skus", f"{part}/filter/skus", products(_("Products"), help_text=_("By name or code.")), way=way),
        Gap(f"{part}_categories", f"{part}/filter/categories", categories(_("Categories")), way=way),
    ]


def collect_parts(made: dict[str, Any], name: str, place: str, most: int) -> None:
    """Move the parts that the boxes wrote to the list `place`; goods without a number are one of them."""
    parts = [made.pop(f"{name}{number}", None) for number in range(1, most + 1)]
    if any(parts):
        made[place] = [{"qty": 1, **part} for part in parts if part]


def spread_parts(source: dict[str, Any], name: str, place: str, most: int) -> None:
    """The other way round; more parts than there are boxes for stay where they are."""
    parts = source.get(place)
    if isinstance(parts, list) and len(parts) <= most:
        source.update({f"{name}{number}": part for number, part in enumerate(parts, start=1)})


# --- values ------------------------------------------------------------------------------------------------------


def decimal_text(value: Any) -> str | None:
    """Decimals stand in definitions as texts, so that no binary fraction ever comes in."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else None


def decimal_of(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def iso(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else None


def day_of(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def clock_text(value: Any) -> str | None:
    return f"{value:%H:%M}" if isinstance(value, time) else None


def clock_of(value: Any) -> time | None:
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        return None


def whole_only(value: Any) -> int | None:
    """A set given by its number; one made of parts is left to JSON."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def yes_no(value: Any) -> bool | None:
    return {"yes": True, "no": False}.get(value or "")


def yes_no_text(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, "")
