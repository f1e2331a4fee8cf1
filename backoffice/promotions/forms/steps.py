"""The three steps of a promotion's form: what it gives, for whom and when, within which limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.promotions.forms import conditions
from backoffice.promotions.forms.field_bindings import FieldBinding
from backoffice.promotions.forms.kinds import KINDS

WITHOUT_MINIMUM: Final = frozenset({"bundle_price", "buy_get", "stamp"})
"""Their own number of goods is what a customer needs; a minimum spend is a finer rule."""
BoxesOf = Callable[[Iterable[FieldBinding]], Sequence[Any]]


@dataclass(frozen=True)
class BoxGroup:
    """Boxes shown together. One with a title is folded, unless something in it is filled or wrong."""

    boxes: Sequence[Any]
    title: str | Promise = ""

    @property
    def is_open(self) -> bool:
        return any(box.errors or _is_filled(box) for box in self.boxes)

    @property
    def has_errors(self) -> bool:
        return any(box.errors for box in self.boxes)


@dataclass(frozen=True)
class Step:
    """`note` says what holds where nothing is chosen; the button `next_title` leads on, "" in the last step."""

    number: int
    title: str | Promise
    note: str | Promise
    parts: Sequence[BoxGroup]
    next_title: str | Promise = ""

    @property
    def has_errors(self) -> bool:
        return any(part.has_errors for part in self.parts)


def steps_of(kind: str, boxes_of: BoxesOf) -> list[Step]:
    """Return the steps of a kind with their boxes; parts without a box are left out."""
    terms = KINDS[kind]
    first: list[FieldBinding] = list(terms.bindings)
    finer: list[FieldBinding] = list(terms.more)
    (finer if kind in WITHOUT_MINIMUM else first).extend(conditions.HOW_MUCH)
    counts_items = any(_is_filled(box) for box in boxes_of(conditions.HOW_MANY))
    (first if counts_items else finer).extend(conditions.HOW_MANY)
    caps = conditions.CAPS if kind in conditions.GIVES_POINTS else []
    who_and_when = _("For whom and when")
    limits = _("Limits, budget and start")
    return [
        Step(
            1,
            _("What it gives"),
            "",
            _filled_parts(
                BoxGroup(boxes_of(first)),
                BoxGroup(boxes_of(finer), _("Finer rules")),
                BoxGroup(boxes_of(conditions.HOW_MUCH_MORE), _("Minimum on certain goods only")),
            ),
            who_and_when,
        ),
        Step(
            2,
            who_and_when,
            _("Optional: everyone, always"),
            _filled_parts(
                BoxGroup(boxes_of(conditions.WHOM)),
                BoxGroup(boxes_of(conditions.WHOM_MORE), _("First purchase, birthday, friends, single members")),
                BoxGroup(boxes_of(conditions.WHEN)),
            ),
            limits,
        ),
        Step(
            3,
            limits,
            _("Optional: no limit, at once"),
            _filled_parts(
                BoxGroup(boxes_of(conditions.LIMITS)),
                BoxGroup(boxes_of(conditions.LIMITS_MORE), _("Limits per day")),
                BoxGroup(boxes_of(caps), _("Limits of points")),
                BoxGroup(boxes_of(conditions.BESIDE), _("Beside other promotions")),
                BoxGroup(boxes_of(conditions.RETURNS), _("Returns")),
            ),
        ),
    ]


def _filled_parts(*parts: BoxGroup) -> list[BoxGroup]:
    return [part for part in parts if part.boxes]


def _is_filled(box: Any) -> bool:
    """Return whether something other than the usual was chosen or typed."""
    usual: list[Any] = [None, "", [], False, _first_choice(box.field)]
    if box.name == "priority":
        usual += [100, "100"]
    return box.value() not in usual


def _first_choice(field: Any) -> Any:
    is_one_of = isinstance(field, forms.ChoiceField) and not isinstance(field, forms.MultipleChoiceField)
    return next((value for value, _word in field.choices), None) if is_one_of else None
