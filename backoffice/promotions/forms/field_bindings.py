"""Gaps of a promotion's sentence: a box on the page and where in the definition its value is.

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

from backoffice.form_fields import AmountField, ClockField, DayField, PercentField, WholeField
from backoffice.products.forms.goods import CategoriesField, GoodsField, ProductField, TextsField
from backoffice.simulator.forms import RateField
from common.errors import Missing

MOST_UNITS = 10**6


@dataclass(frozen=True)
class FormContext:
    """What boxes are made for: the merchant's money, clock, and what their conditions may name, as (value, word).

    `closed_outlets` are names by id of what is offered no more. `find_member` gives the id of the member whom a
    number names, raising Missing; `numbers_of` the numbers of ids;
    `called` what goods are called, by the codes asked for.
    """

    currency: str
    zone: str
    now: datetime
    points_name: str = ""
    segments: Sequence[tuple[str, str]] = ()
    tiers: Sequence[tuple[str, str]] = ()
    outlets: Sequence[tuple[str, str]] = ()
    closed_outlets: Mapping[str, str] = field(default_factory=dict)
    moments: Sequence[tuple[str, str]] = ()
    categories: Sequence[str] = ()
    find_member: Callable[[str], UUID] | None = None
    numbers_of: Callable[[Sequence[str]], Mapping[str, str]] | None = None
    called: Callable[[Sequence[str]], Mapping[str, str]] | None = None


def identity(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class FieldBinding:
    """`path` is the place in the definition, with slashes. `write` turns what the form read into JSON, `read` back.

    Nothing, "" and [] leave the place out, and so does a box that is not ticked. `variant`: the gap is asked for only
    where the kind is meant so.
    """

    name: str
    path: str
    make: Callable[[FormContext], forms.Field]
    write: Callable[[Any], Any] = identity
    read: Callable[[Any], Any] = identity
    variant: str = ""


@dataclass(frozen=True)
class Variants:
    """A kind that can be meant in one of several ways: each names the gaps it needs."""

    label: Any
    choices: Sequence[tuple[str, Any]]
    needs: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class KindForm:
    """What the form asks for one kind: first what everybody fills in, then what few need.

    `fixed` is in every definition the form writes, `finish` and `start` bridge what no single gap can say.
    """

    bindings: Sequence[FieldBinding]
    more: Sequence[FieldBinding] = ()
    variants: Variants | None = None
    finish: Callable[[dict[str, Any], Mapping[str, Any]], None] = field(default=lambda made, data: None)
    start: Callable[[dict[str, Any]], None] = field(default=lambda source: None)

    @property
    def all_bindings(self) -> list[FieldBinding]:
        return [*self.bindings, *self.more]


# --- places ------------------------------------------------------------------------------------------------------


def put(made: dict[str, Any], path: str, value: Any) -> None:
    *folders, name = path.split("/")
    for folder in folders:
        made = made.setdefault(folder, {})
    made[name] = value


def take(source: Mapping[str, Any], path: str) -> Any:
    """Take the value; None where there is nothing."""
    found: Any = source
    for name in path.split("/"):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def write_fields(bindings: Iterable[FieldBinding], data: Mapping[str, Any], made: dict[str, Any]) -> None:
    """Write the definition's places that these bindings fill."""
    for binding in bindings:
        value = binding.write(data.get(binding.name))
        unticked = value is False and binding.write is identity
        if value is not None and value not in ("", []) and not unticked:
            put(made, binding.path, value)


def initial(bindings: Iterable[FieldBinding], source: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the boxes show for a definition."""
    found = {binding.name: take(source, binding.path) for binding in bindings}
    return {binding.name: binding.read(found[binding.name]) for binding in bindings if found[binding.name] is not None}


# --- boxes -------------------------------------------------------------------------------------------------------


class FactorField(RateField):
    """Times how many: 2 or 1,5."""

    unit_after = "×"


class ShareField(RateField):
    """A percentage that may be above 100."""

    unit_after = "%"


class MembersField(TextsField):
    """Members by number, phone or e-mail, kept as ids."""

    def __init__(self, form_context: FormContext, **options: Any) -> None:
        super().__init__(**options)
        self.form_context = form_context

    def clean(self, value: Any) -> Any:
        ids = []
        for text in super().clean(value):
            try:
                ids.append(str(self.form_context.find_member(text)) if self.form_context.find_member else text)
            except Missing as missing:
                raise ValidationError(
                    gettext("No member has “%(text)s”. Write a member number or a mobile number."),
                    code="unknown_member",
                    params={"text": text},
                ) from missing
        return list(dict.fromkeys(ids))

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)) and self.form_context.numbers_of:
            numbers = self.form_context.numbers_of(value)
            return ", ".join(numbers.get(one, one) for one in value)
        return super().prepare_value(value)


def amount(
    label: Any, *, least: int = 1, needed: bool = True, help_text: Any = ""
) -> Callable[[FormContext], forms.Field]:
    return lambda form_context: AmountField(
        label=label, currency=form_context.currency, least_amount=least, required=needed, help_text=help_text
    )


def whole(
    label: Any, least: int = 1, most: int = MOST_UNITS, *, unit: Any = "", needed: bool = False, help_text: Any = ""
) -> Callable[[FormContext], forms.Field]:
    return lambda form_context: WholeField(
        label=label, min_value=least, max_value=most, unit=unit, required=needed, help_text=help_text
    )


def points(label: Any, *, needed: bool = True) -> Callable[[FormContext], forms.Field]:
    return lambda form_context: WholeField(
        label=label, min_value=1, max_value=10**9, unit=form_context.points_name, required=needed
    )


def percent(label: Any, *, needed: bool = True) -> Callable[[FormContext], forms.Field]:
    return lambda form_context: PercentField(label=label, required=needed)


def text(label: Any, most: int, *, needed: bool = True, help_text: Any = "") -> Callable[[FormContext], forms.Field]:
    return lambda form_context: forms.CharField(label=label, max_length=most, required=needed, help_text=help_text)


def flag(label: Any, *, help_text: Any = "") -> Callable[[FormContext], forms.Field]:
    return lambda form_context: forms.BooleanField(label=label, required=False, help_text=help_text)


def choice(
    label: Any, choices: Sequence[tuple[str, Any]], *, help_text: Any = ""
) -> Callable[[FormContext], forms.Field]:
    return lambda form_context: forms.ChoiceField(label=label, choices=choices, required=False, help_text=help_text)


def day(label: Any, *, help_text: Any = "") -> Callable[[FormContext], forms.Field]:
    return lambda form_context: DayField(label=label, required=False, help_text=help_text)


def clock(label: Any) -> Callable[[FormContext], forms.Field]:
    return lambda form_context: ClockField(label=label, zone=form_context.zone, at=form_context.now, required=False)


def products(label: Any, *, help_text: Any = "") -> Callable[[FormContext], forms.Field]:
    return lambda form_context: GoodsField(label=label, required=False, help_text=help_text)


def one_product(
    label: Any, *, fills_name: str, fills_price: str, help_text: Any = ""
) -> Callable[[FormContext], forms.Field]:
    return lambda form_context: ProductField(
        label=label, help_text=help_text, max_length=64, fills_name=fills_name, fills_price=fills_price
    )


def categories(label: Any) -> Callable[[FormContext], forms.Field]:
    def make(form_context: FormContext) -> forms.Field:
        known = form_context.categories
        listed = gettext("Yours: %(names)s.") % {"names": ", ".join(known[:12])} if known else ""
        return CategoriesField(label=label, required=False, help_text=listed, known=known)

    return make


PICKS = [("", _("As usual")), ("cheapest", _("The cheapest first")), ("dearest", _("Highest price first"))]


def goods_bindings(
    path: str = "filter",
    prefix: str = "",
    *,
    variant: str = "",
    words: tuple[Any, Any] = (_("Products"), _("Categories")),
) -> list[FieldBinding]:
    """Return the bindings of goods; none named is all. `words`: the labels of products and of categories."""
    codes = products(words[0], help_text=_("By name or code. Empty: all goods."))
    return [
        FieldBinding(f"{prefix}skus", f"{path}/skus", codes, variant=variant),
        FieldBinding(f"{prefix}categories", f"{path}/categories", categories(words[1]), variant=variant),
    ]


def except_bindings(path: str = "filter", prefix: str = "") -> list[FieldBinding]:
    return [
        FieldBinding(f"{prefix}exclude_skus", f"{path}/exclude_skus", products(_("But not these products"))),
        FieldBinding(
            f"{prefix}exclude_categories", f"{path}/exclude_categories", categories(_("But not these categories"))
        ),
    ]


# --- sets --------------------------------------------------------------------------------------------------------


def part_bindings(name: str, number: int, label: Any, *, variant: str = "") -> list[FieldBinding]:
    """Return the boxes of part `number` of the set `name`: how many of which goods."""
    part = f"{name}{number}"
    return [
        FieldBinding(f"{part}_qty", f"{part}/qty", whole(label), variant=variant),
        FieldBinding(
            f"{part}_skus",
            f"{part}/filter/skus",
            products(_("Products"), help_text=_("By name or code.")),
            variant=variant,
        ),
        FieldBinding(f"{part}_categories", f"{part}/filter/categories", categories(_("Categories")), variant=variant),
    ]


def collect_parts(made: dict[str, Any], name: str, place: str, most: int) -> None:
    """Move the parts that the boxes wrote to the list `place`; goods without a number are one of them."""
    parts = [made.pop(f"{name}{number}", None) for number in range(1, most + 1)]
    if any(parts):
        made[place] = [{"qty": 1, **part} for part in parts if part]


def spread_parts(source: dict[str, Any], name: str, place: str, most: int) -> None:
    """Spread the parts over their boxes; more parts than there are boxes for stay where they are."""
    parts = source.get(place)
    if isinstance(parts, list) and len(parts) <= most:
        source.update({f"{name}{number}": part for number, part in enumerate(parts, start=1)})


# --- values ------------------------------------------------------------------------------------------------------


def decimal_text(value: Any) -> str | None:
    """Return a decimal as text: definitions hold texts, so that no binary fraction ever comes in."""
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
    """Return a set given by its number; one made of parts is left to JSON."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def yes_no(value: Any) -> bool | None:
    return {"yes": True, "no": False}.get(value or "")


def yes_no_text(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, "")
