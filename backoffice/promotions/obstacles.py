"""Why a promotion was not published."""

from __future__ import annotations

from dataclasses import dataclass, field

from rewards.engine import Problem


@dataclass(frozen=True)
class Obstacle:
    """One reason against publishing: `pointer` is its place in the definition, None where it has none."""

    text: str
    pointer: str | None = None


@dataclass
class NotPublished(Exception):
    """Nothing was published: `obstacles` in words, `problems` of the definition itself, or a start in the past.

    `check_refuses`: among the obstacles are findings that no one may pass over.
    """

    obstacles: list[Obstacle] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    starts_too_early: bool = False
    check_refuses: bool = False
