"""The store's own fields of a member: their boxes in a form, and their values as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext

from backoffice.form_fields import DayField, WholeField
from common.languages import reader_language
from common.quantities import MAX_AMOUNT, format_day, format_number
from members.facts import AttributeFacts, AttributeKind
from members.rules import problem_of_value


def field_name(definition: AttributeFacts) -> str:
    return f"own-{definition.id}"


def add_fields(form: forms.Form, definitions: Iterable[AttributeFacts], values: Mapping[str, Any]) -> None:
    """Add a box for each field, with what is stored in it.

    What is stored and does not fit the field, such as a text where a number is asked for, is written beside an empty
    box: left empty it stays.
    """
    for definition in definitions:
        name, stored = field_name(definition), values.get(definition.key)
        box = _box_of(definition)
        if problem_of_value(stored, definition) is None:
            form.initial[name] = date.fromisoformat(stored) if _is_date(definition) and stored else stored
        else:
            box.help_text = gettext("Stored now: %(stored)s") % {"stored": escape(value_in_words(stored, None))}
        form.fields[name] = box


def _is_date(definition: AttributeFacts) -> bool:
    return definition.kind is AttributeKind.DATE


def _box_of(definition: AttributeFacts) -> forms.Field:
    match definition.kind:
        case AttributeKind.NUMBER:
            return WholeField(label=definition.label, required=False, min_value=-MAX_AMOUNT, max_value=MAX_AMOUNT)
        case AttributeKind.DATE:
            return DayField(label=definition.label, required=False)
        case AttributeKind.CHOICE:
            choices = [("", "–"), *((choice, choice) for choice in definition.choices)]
            return forms.ChoiceField(label=definition.label, required=False, choices=choices)
        case AttributeKind.TEXT:
            return forms.CharField(label=definition.label, required=False, max_length=200)


def filter_boxes(definition: AttributeFacts) -> dict[str, forms.Field]:
    """Return the boxes by which a list is narrowed to what the field holds: two for numbers and days."""
    box, name = _box_of(definition), field_name(definition)
    if definition.kind in (AttributeKind.CHOICE, AttributeKind.TEXT):
        return {name: box}
    boxes = {}
    for end, words in (("from", gettext("%(label)s from")), ("to", gettext("%(label)s until"))):
        boxes[f"{name}_{end}"] = _box_of(definition)
        boxes[f"{name}_{end}"].label = words % {"label": definition.label}
    return boxes


def changed_values(form: forms.Form, definitions: Iterable[AttributeFacts]) -> dict[str, Any]:
    """Return the values of the boxes that were changed, as they are stored; None takes one away."""
    changed = {}
    for definition in definitions:
        if field_name(definition) in form.changed_data:
            value = form.cleaned_data[field_name(definition)]
            changed[definition.key] = value.isoformat() if isinstance(value, date) else value if value != "" else None
    return changed


def values_shown(definitions: Iterable[AttributeFacts], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return label and value of each field that has one, the store's own first, then what tills sent by other names."""
    by_key = {definition.key: definition for definition in definitions}
    order = [key for key in by_key if key in values] + sorted(values.keys() - by_key.keys())
    return [
        (by_key[key].label if key in by_key else key, value_in_words(values[key], by_key.get(key))) for key in order
    ]


def value_in_words(value: Any, definition: AttributeFacts | None) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int):
        return format_number(value)
    if definition and _is_date(definition) and problem_of_value(value, definition) is None:
        return format_day(date.fromisoformat(value), reader_language())
    return str(value)
