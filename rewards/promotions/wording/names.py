"""What codes and ids are called where people read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.functional import Promise

from rewards.engine.names import name_key
from rewards.moments.facts import OwnCalendar

Words = Mapping[str, str | Promise]


@dataclass(frozen=True, slots=True)
class Names:
    """Tiers, segments and products by what their codes are compared by, outlets and partners by id, own moments.

    A code that is not in here is shown as it was typed. `closed_outlets`: ids of those where nothing is sold any more.
    """

    tiers: Words = field(default_factory=dict)
    segments: Words = field(default_factory=dict)
    outlets: Words = field(default_factory=dict)
    partners: Words = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    calendar: OwnCalendar = field(default_factory=OwnCalendar)
    point_value: tuple[int, int] | None = None
    closed_outlets: frozenset[str] = frozenset()


NO_NAMES: Final = Names()


def listed(codes: Iterable[str], words: Words) -> str:
    """Write the names of these codes with commas between, in the reader's language."""
    named = {name_key(code): word for code, word in words.items()}
    return ", ".join(sorted(str(named.get(name_key(code), code)) for code in codes))
