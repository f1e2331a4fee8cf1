"""What a check before publishing has found about a promotion."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """`REFUSE`: it could not be explained, so it is not published. `WARN`: the merchant may want just this."""

    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """`pointer` is a JSON pointer into the definition; `others` are ids and titles of the promotions it is about."""

    code: str
    level: Level
    pointer: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the merchant has that conditions may name: codes of tiers, segments and target groups, ids of outlets.

    `lifecycle` are the segments that only people who have bought belong to. There are no target groups yet.
    """

    tiers: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    outlets: frozenset[str] = frozenset()
    lifecycle: frozenset[str] = frozenset()
    personas: frozenset[str] = frozenset()
