"""Fields of a member that the merchant defines: made, renamed, retired."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from common.errors import BadInput, FieldError, Missing, Refusal
from common.text import clean_line, is_printable
from members.facts import AttributeDraft, AttributeFacts, AttributeKind
from members.models import AttributeDefinition
from members.operations.field_checks import MAX_ATTRIBUTES
from members.queries.attributes import attribute_facts, attribute_mark
from members.wording import field_error
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit

LONGEST_NAME: Final = 40
LONGEST_CHOICE: Final = 60
MOST_CHOICES: Final = 50


class AttributeMoved(Refusal):
    """The field was changed after the person saw it; nothing was written."""

    code = "attribute_moved"


def add_attribute(*, merchant: MerchantFacts, draft: AttributeDraft, at: datetime, actor: Actor) -> AttributeFacts:
    """Define a field; return it. Raises BadInput (/label, /key, /choices)."""
    label, key = clean_line(draft.label), clean_line(draft.key) or _key_of(draft.label)
    errors = [*_name_errors("/label", label), *_name_errors("/key", key)]
    choices, problems = _checked_choices(draft.kind, draft.choices)
    errors += problems
    defined = AttributeDefinition.objects.filter(merchant_id=merchant.id)
    if defined.filter(key=key).exists():
        errors.append(field_error("/key", "attribute_key_taken"))
    if defined.count() >= MAX_ATTRIBUTES:
        errors.append(field_error("/label", "attributes_too_many"))
    if errors:
        raise BadInput(errors)
    try:
        with transaction.atomic():
            row = AttributeDefinition.objects.create(
                merchant_id=merchant.id, key=key, label=label, kind=draft.kind.value, choices=choices, created_at=at
            )
    except IntegrityError:  # at this instant a colleague defined the same one
        raise BadInput([field_error("/key", "attribute_key_taken")]) from None
    record_audit(
        merchant=merchant,
        actor=actor,
        action="attribute.added",
        at=at,
        subject=("attribute", row.id),
        after=_audit_values_of(row),
    )
    return attribute_facts(row)


def change_attribute(
    *,
    merchant: MerchantFacts,
    attribute_id: UUID,
    label: str,
    choices: Sequence[str],
    is_active: bool,
    at: datetime,
    actor: Actor,
    seen: str | None = None,
) -> AttributeFacts:
    """Rename a field, change what can be chosen, retire it or take it up again; members' values stay as they are.

    `seen` (queries.attribute_mark) is what the person saw. Raises Missing('attribute_not_found'), BadInput (/label,
    /choices), AttributeMoved.
    """
    row = AttributeDefinition.objects.select_for_update().filter(merchant_id=merchant.id, id=attribute_id).first()
    if row is None:
        raise Missing("attribute_not_found")
    before, stored = _audit_values_of(row), attribute_facts(row)
    label = clean_line(label)
    checked, problems = _checked_choices(AttributeKind(row.kind), choices)
    if errors := [*_name_errors("/label", label), *problems]:
        raise BadInput(errors)
    row.label, row.choices, row.is_active = label, checked, is_active
    after = _audit_values_of(row)
    if after == before:
        return stored
    if seen is not None and seen != attribute_mark(merchant=merchant, attribute=stored):
        raise AttributeMoved
    row.save(update_fields=["label", "choices", "is_active"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="attribute.changed",
        at=at,
        subject=("attribute", row.id),
        before=before,
        after=after,
    )
    return attribute_facts(row)


def _audit_values_of(row: AttributeDefinition) -> dict[str, object]:
    return {"name": row.label, "value_kind": row.kind, "choices": list(row.choices), "in_use": row.is_active}


def _key_of(label: str) -> str:
    """Return what tills send for a field, made of its label: small letters and digits, joined by _."""
    return "_".join(re.findall(r"\w+", label.lower()))[:LONGEST_NAME].strip("_")


def _name_errors(pointer: str, name: str) -> list[FieldError]:
    if not name:
        return [field_error(pointer, "attribute_name_required")]
    if len(name) > LONGEST_NAME:
        return [field_error(pointer, "attribute_name_too_long")]
    return [] if is_printable(name) else [field_error(pointer, "text_unprintable")]


def _checked_choices(kind: AttributeKind, given: Sequence[str]) -> tuple[list[str], list[FieldError]]:
    """Return the choices, each once, in their order; none for a field that is no choice."""
    if kind is not AttributeKind.CHOICE:
        return [], []
    choices = [choice for choice in dict.fromkeys(map(clean_line, given)) if choice]
    if not choices:
        return [], [field_error("/choices", "attribute_choices_required")]
    if len(choices) > MOST_CHOICES or any(len(choice) > LONGEST_CHOICE for choice in choices):
        return [], [field_error("/choices", "attribute_choices_too_many")]
    if not all(map(is_printable, choices)):
        return [], [field_error("/choices", "text_unprintable")]
    return choices, []
