"""Whether a value fits a field of the merchant's own."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from members.facts import AttributeFacts, AttributeKind


def problem_of_value(value: Any, definition: AttributeFacts) -> str | None:
    """Return the code of what is wrong with the value, None for one that fits; null takes a value away and fits."""
    if value is None:
        return None
    match definition.kind:
        case AttributeKind.TEXT:
            return None if isinstance(value, str) else "attribute_not_text"
        case AttributeKind.NUMBER:
            return None if type(value) is int else "attribute_not_a_number"
        case AttributeKind.CHOICE:
            return None if value in definition.choices else "attribute_not_a_choice"
        case AttributeKind.DATE:
            return None if _is_day(value) else "attribute_not_a_day"


def _is_day(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        return False
    try:
        return 1900 <= date.fromisoformat(value).year <= 2999
    except ValueError:
        return False
