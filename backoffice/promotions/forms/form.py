"""The form of a promotion: it writes a definition, is filled from one, and shows problems beside the boxes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, time
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import ClockField, DayField, instant_of, mark_asked_with
from backoffice.products.forms.goods import GoodsField, name_goods
from backoffice.promotions.forms import conditions
from backoffice.promotions.forms.field_bindings import FieldBinding, FormContext, initial, points, write_fields
from backoffice.promotions.forms.kinds import KINDS, variant_of
from backoffice.promotions.forms.steps import Step, steps_of
from backoffice.promotions.obstacles import NotPublished
from common.languages import reader_language
from rewards.engine import DefinitionError, Problem, stored_definition
from rewards.engine.facts import Definition
from rewards.promotions.wording import named_problem, problem_message

IN_POINTS: Final = frozenset({"earn", "earn_multiplier", "earn_bonus"})
"""Their budget counts points."""
NOT_REPRICED: Final = IN_POINTS | {"gift_line", "cashback", "redeem_points", "stamp", "issue_coupon"}
"""Nothing of theirs is a discount that a return could price again."""
CARRIED: Final = ("funding", "coupon_on_return")
"""What is said on other pages and stays as it is."""
OPEN_ENDED: Final = frozenset({"segments", "tiers", "outlets"})
"""Choices that a definition may name although the merchant no longer has them."""


PART_BOXES: Final = {"for_each": "each", "parts": "part"}
PART_POINTER: Final = re.compile(r"^/(for_each|parts)/(\d+)")
"""The parts of a set have boxes of their own: the first of `parts` is written in those of `part1`."""


class PromotionForm(forms.Form):
    """The gaps of one kind and the conditions that all share."""

    title = forms.CharField(label=_("Name"), max_length=120, help_text=_("Shown on receipts."))

    def __init__(
        self,
        kind: str,
        form_context: FormContext,
        start: Mapping[str, Any],
        data: Any = None,
        *,
        kept: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`start` is the definition, or half of one, that the boxes show at first; `kept` what a draft has in them."""
        super().__init__(data, initial=initial_of(start))
        self.carried = {name: start[name] for name in CARRIED if start.get(name) is not None}
        self.kind, self.form_context, self.terms = kind, form_context, KINDS[kind]
        self.problems: list[tuple[Problem, str]] = []
        if self.terms.variants is not None:
            self.fields["variant"] = forms.ChoiceField(
                label=self.terms.variants.label, choices=self.terms.variants.choices, widget=forms.RadioSelect
            )
        for binding in [*self.terms.all_bindings, *conditions.bindings_of(self.kind)]:
            self.fields[binding.name] = binding.make(form_context)
        if kind in NOT_REPRICED:
            del self.fields["on_return"]
        if kind in IN_POINTS:
            self.fields[conditions.BUDGET_AMOUNT] = points(_("Budget"), needed=False)(form_context)
        self._keep_unknown(kept or {})
        self._mark_needs()
        self.fields["start_on"] = DayField(label=_("Starts on"), required=False, help_text=_("Empty: at once."))
        self.fields["start_at"] = ClockField(label=_("At"), zone=form_context.zone, at=form_context.now, required=False)
        for name in ("start_on", "start_at"):
            self.fields[name].is_plain = True  # type: ignore[attr-defined]
        name_goods(self, form_context.called)

    def _mark_needs(self) -> None:
        """Mark what a variant needs; conditions are all optional, which their parts of the page say once."""
        for variant, names in (self.terms.variants.needs if self.terms.variants else {}).items():
            for name in names:
                mark_asked_with(self.fields[name], "variant", variant)
        for field in self.fields.values():
            if isinstance(field, GoodsField):
                field.is_plain = True  # type: ignore[attr-defined]
        for binding in [
            *conditions.bindings_of(self.kind),
            *self.terms.more,
            *(binding for binding in self.terms.bindings if binding.variant),
        ]:
            plain: Any = self.fields.get(binding.name)
            if plain is not None:
                plain.is_plain = True

    def _keep_unknown(self, kept: Mapping[str, Sequence[str]]) -> None:
        """Keep on the page what a definition or draft names, whether the merchant still has it or not."""
        for name in OPEN_ENDED:
            field: Any = self.fields[name]
            known = {code for code, _word in field.choices}
            chosen = dict.fromkeys([*(self.initial.get(name) or ()), *kept.get(name, ())])
            named = [code for code in chosen if code not in known]
            field.choices = [*field.choices, *((code, self._word_of_unknown(code)) for code in named)]

    def _word_of_unknown(self, code: str) -> str:
        closed = self.form_context.closed_outlets.get(code)
        return code if closed is None else gettext("%(name)s (closed)") % {"name": closed}

    # What the page shows, box by box.

    def _boxes_of(self, bindings: Iterable[FieldBinding]) -> list[Any]:
        asked = [binding for binding in bindings if binding.name in self.fields]
        boxes: list[Any] = [self[binding.name] for binding in asked]
        for box, binding in zip(boxes, asked, strict=True):
            box.variant = binding.variant
        return [box for box in boxes if not _has_no_choice(box)]

    @property
    def steps(self) -> list[Step]:
        return steps_of(self.kind, self._boxes_of)

    @property
    def open_step(self) -> int:
        """Return the step to show: the first that is wrong; after a press that found nothing wrong, the last."""
        steps = self.steps
        if any(self[name].errors for name in ("title", "variant") if name in self.fields):
            return 1
        starts_wrong = any(self[name].errors for name in ("start_on", "start_at"))
        wrong = [step.number for step in steps if step.has_errors or (starts_wrong and step is steps[-1])]
        return wrong[0] if wrong else len(steps) if self.is_bound and not self.errors else 1

    @property
    def missing(self) -> list[tuple[Any, str]]:
        """Return what is still missing, for the panel beside it: the box's name and why."""
        return [(self[name].label, str(texts[0])) for name, texts in self.errors.items() if name in self.fields]

    # What it says.

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.terms.variants is not None:
            for name in self.terms.variants.needs.get(data.get("variant", ""), ()):
                self._require_field(data, name)
        for one, other in (("hours_from", "hours_to"), ("hours_to", "hours_from")):
            if data.get(one) and not data.get(other) and other not in self.errors:
                self.add_error(other, _("Fill in both times."))
        return data

    def _require_field(self, data: Mapping[str, Any], name: str) -> None:
        if data.get(name) in (None, "") and name not in self.errors:
            self.add_error(name, _("Fill this in."))

    @property
    def said_so_far(self) -> dict[str, Any] | None:
        """Return the JSON of the boxes that are filled well, under a stand-in name; None where they say nothing yet."""
        filled = {**dict.fromkeys(self.fields), **(self.cleaned_data if self.is_bound else self.initial)}
        filled |= {"title": filled["title"] or gettext("This promotion"), "variant": filled.get("variant") or ""}
        try:
            return {**definition_of(self.kind, filled), **self.carried}
        except (KeyError, TypeError, AttributeError):
            return None

    @property
    def definition(self) -> dict[str, Any]:
        """Return the JSON of what the boxes say, without an id; of a valid form."""
        return {**definition_of(self.kind, self.cleaned_data), **self.carried}

    @property
    def starts_at(self) -> datetime | None:
        """Return the start; None is now."""
        data = self.cleaned_data
        if not data["start_on"]:
            return None
        return instant_of(data["start_on"], data["start_at"] or time(0), self.form_context.zone)

    # Problems.

    def box_of(self, pointer: str) -> str | None:
        """Return the box in which a place of the definition is written; None where no box says it."""
        pointer = PART_POINTER.sub(lambda found: f"/{PART_BOXES[found[1]]}{int(found[2]) + 1}", pointer)
        path = "/".join(part for part in pointer.split("/") if part and not part.isdigit())
        bindings = [*self.terms.all_bindings, *conditions.bindings_of(self.kind)]
        exact = next((binding.name for binding in bindings if binding.path == path), None)
        if exact is None and path:
            exact = next((binding.name for binding in bindings if binding.path.startswith(f"{path}/")), None)
        return exact or ("title" if path == "title" else None)

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Add each beside its box, the others above the form with the name of what they are about."""
        language = reader_language()
        for problem in problems:
            box = self.box_of(problem.pointer)
            if box is not None:
                self.add_error(box, problem_message(problem, language=language))
            else:
                self.add_error(None, named_problem(problem, language=language))

    def add_notes(self, notes: Iterable[Any]) -> None:
        """Add each text at the box of its pointer; without a pointer, above the form."""
        for note in notes:
            self.add_error(None if note.pointer is None else self.box_of(note.pointer), note.text)

    def add_reasons(self, refused: NotPublished) -> None:
        """Say why it was not published, each reason beside its box."""
        if refused.starts_too_early:
            self.add_error("start_on", _("The start is in the past. Choose now or a later time."))
        self.add_notes(refused.obstacles)
        self.add_problems(refused.problems)


def _has_no_choice(box: Any) -> bool:
    """Return whether there is nothing to choose: no choice, or of outlets only the one where everything is sold."""
    field = box.field
    if not isinstance(field, forms.MultipleChoiceField):
        return False
    choices: Any = field.choices
    return not choices or (box.name == "outlets" and len(choices) == 1 and not box.value())


def definition_of(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON of what the boxes say, without an id."""
    terms = KINDS[kind]
    made: dict[str, Any] = {"title": data["title"].strip(), "kind": kind}
    variant = data.get("variant", "")
    write_fields(
        [binding for binding in terms.all_bindings if not binding.variant or binding.variant == variant], data, made
    )
    terms.finish(made, data)
    write_fields(conditions.bindings_of(kind), data, made)
    conditions.finish(made)
    return made


def initial_of(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the boxes start with; `source` may be half a definition."""
    kind = str(source["kind"])
    terms, copy = KINDS[kind], deepcopy(dict(source))
    variant = variant_of(kind, copy)
    terms.start(copy)
    conditions.start(copy)
    found = {
        "title": copy.get("title", ""),
        "priority": 100,
        **initial([*terms.all_bindings, *conditions.bindings_of(kind)], copy),
    }
    return {**found, "variant": variant} if terms.variants is not None else found


def says_all(definition: Definition) -> bool:
    """Return whether the form gives back exactly this definition; otherwise it would lose what has no binding."""
    filled = initial_of(definition.source)
    try:
        again = stored_definition({**definition_of(definition.kind, filled), "id": definition.id})
    except (DefinitionError, KeyError, TypeError, AttributeError):
        return False
    parts = ("title", "kind", "terms", "priority", "group", "exclusive", "when", "usage", "budget", "on_return")
    return all(getattr(again, part) == getattr(definition, part) for part in parts)
