"""The merchant's own fields of a member."""

from __future__ import annotations

import json
from collections.abc import Iterable
from uuid import UUID

from common.errors import Missing
from common.secrets import keyed_hash
from common.text import clean_line
from members.facts import AttributeFacts, AttributeKind
from members.models import AttributeDefinition
from merchants.facts import MerchantFacts


def attributes(*, merchant: MerchantFacts) -> list[AttributeFacts]:
    """Return all fields, those in use first, in the order in which they were made."""
    rows = AttributeDefinition.objects.filter(merchant_id=merchant.id).order_by("-is_active", "created_at", "id")
    return [attribute_facts(row) for row in rows]


def attribute(*, merchant: MerchantFacts, attribute_id: UUID) -> AttributeFacts:
    """Return one field. Raises Missing('attribute_not_found')."""
    row = AttributeDefinition.objects.filter(merchant_id=merchant.id, id=attribute_id).first()
    if row is None:
        raise Missing("attribute_not_found")
    return attribute_facts(row)


def attribute_mark(*, merchant: MerchantFacts, attribute: AttributeFacts) -> str:
    """Return a mark of a field as it is, for a form to carry: changes it did not see stay."""
    text = json.dumps([str(attribute.id), attribute.label, attribute.choices, attribute.is_active])
    return keyed_hash(merchant.id, text).hex()[:16]


def definitions_for(*, merchant: MerchantFacts, names: Iterable[str]) -> dict[str, AttributeFacts]:
    """Return the fields in use that values of these names belong to, by key; no statement where there are none."""
    wanted = {clean_line(name) for name in names}
    if not wanted:
        return {}
    return {found.key: found for found in attributes(merchant=merchant) if found.is_active and found.key in wanted}


def attribute_facts(row: AttributeDefinition) -> AttributeFacts:
    return AttributeFacts(row.id, row.key, row.label, AttributeKind(row.kind), tuple(row.choices), row.is_active)
