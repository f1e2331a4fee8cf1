"""The list's filters by age and area, which the figures of members lead to, and by the store's own fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext

from backoffice.members.attribute_fields import field_name, value_in_words
from members.facts import AttributeFacts, AttributeKind
from members.queries import Born, OwnValue
from members.rules import AGE_BANDS, births_between

UNKNOWN: Final = "-"
"""How an address asks for members of whom it is not known."""
OWN: Final = "own-"
"""How the names of parameters begin that hold the store's own fields."""


@dataclass(frozen=True)
class AskedAge:
    born: Born
    words: str


def age_code(band: tuple[int | None, int | None]) -> str:
    """Return a band as it is in an address, such as 25-34, 65- or - for an unknown age."""
    first, last = band
    return UNKNOWN if first is None else f"{first}-{'' if last is None else last}"


def age_word(band: tuple[int | None, int | None]) -> str:
    """Return the band in words: "25–34", "65 and older", "Under 18", "Not known"."""
    first, last = band
    if first is None:
        return gettext("Not known")
    if last is None:
        return gettext("%(age)s and older") % {"age": first}
    if not first:
        return gettext("Under %(age)s") % {"age": last + 1}
    return f"{first}–{last}"


def age_choices() -> list[tuple[str, str]]:
    return [(age_code(band), age_word(band)) for band in (*AGE_BANDS, (None, None))]


def read_age(code: str, today: date) -> AskedAge | None:
    """Return what the address asks for; None for nothing and for a code that is none."""
    band = next((band for band in AGE_BANDS if age_code(band) == code), None)
    if code == UNKNOWN:
        return AskedAge(Born(None, None), gettext("Age: not known"))
    if band is None:
        return None
    return AskedAge(Born(*births_between(*band, today)), gettext("Age: %(band)s") % {"band": age_word(band)})


def read_area(text: str) -> tuple[str | None, str]:
    """Return the area that the address asks for, and its words; None for nothing."""
    if text == UNKNOWN:
        return "", gettext("Area: not known")
    area = text.strip()[:80]
    return (area, gettext("Area: %(name)s") % {"name": area}) if area else (None, "")


def own_parameters(asked: QueryDict) -> list[str]:
    return sorted(name for name in asked if name.startswith(OWN))


def _names_of(definition: AttributeFacts) -> list[str]:
    name = field_name(definition)
    return [f"{name}_from", f"{name}_to"] if _has_ends(definition) else [name]


def _has_ends(definition: AttributeFacts) -> bool:
    return definition.kind in (AttributeKind.NUMBER, AttributeKind.DATE)


def own_values(definitions: Sequence[AttributeFacts], cleaned: Mapping[str, Any]) -> tuple[OwnValue, ...]:
    """Return what is asked of the store's own fields, as it is stored."""
    asked = []
    for one in definitions:
        first, last = (_as_stored(cleaned.get(name)) for name in (_names_of(one) * 2)[:2])
        if first in (None, "") and last in (None, ""):
            continue
        if _has_ends(one):
            asked.append(OwnValue(one.key, first=first, last=last))
        else:
            asked.append(OwnValue(one.key, value=str(first), is_text=one.kind is AttributeKind.TEXT))
    return tuple(asked)


def _as_stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def own_words(definitions: Sequence[AttributeFacts], cleaned: Mapping[str, Any]) -> dict[str, str]:
    """Return the filters in force in words, by the name of the field."""
    words = {}
    for one in definitions:
        ends = [_as_stored(cleaned.get(name)) for name in _names_of(one)]
        shown = [value_in_words(end, one) if end not in (None, "") else "" for end in ends]
        if not any(shown):
            continue
        label = {"label": one.label, "first": shown[0], "last": shown[-1]}
        if not _has_ends(one) or shown[0] == shown[-1]:
            words[field_name(one)] = f"{one.label}: {shown[0]}"
        elif all(shown):
            words[field_name(one)] = f"{one.label}: {shown[0]} – {shown[-1]}"
        elif shown[0]:
            words[field_name(one)] = gettext("%(label)s: from %(first)s") % label
        else:
            words[field_name(one)] = gettext("%(label)s: up to %(last)s") % label
    return words
