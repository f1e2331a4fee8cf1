"""What an entry changed, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from backoffice.audit_words.fields import HIDDEN, field_word
from backoffice.audit_words.values import id_of, named_value
from merchants.facts import AuditFacts, MerchantFacts


def changes_in_words(
    entry: AuditFacts, merchant: MerchantFacts, names: Mapping[UUID, str] | None = None
) -> list[tuple[str, str, str]]:
    """Return (what, before, after) for each field that changed; '' where that side says nothing of it.

    `names` are people and records by id; a value that only is an id without a name is left out.
    """
    before, after = entry.before or {}, entry.after or {}
    changes = []
    for name in dict.fromkeys((*before, *after)):
        if name in HIDDEN or (name in before and name in after and before[name] == after[name]):
            continue
        was, becomes = (
            named_value(name, side[name], merchant, names or {}) if name in side else "" for side in (before, after)
        )
        if was or becomes:
            changes.append((field_word(name), was, becomes))
    return changes


def ids_in(entry: AuditFacts) -> set[UUID]:
    """Return the ids that an entry's values are, to look their names up."""
    found = set()
    for side in (entry.before or {}, entry.after or {}):
        found |= {one for value in side.values() if (one := id_of(value)) is not None}
    return found
