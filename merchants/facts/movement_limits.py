"""How many points a role may move by hand before another person has to approve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from merchants.facts.roles import Role


class MovementLimit(NamedTuple):
    """Points that a person may move by hand alone: in one go, and in a business day."""

    at_once: int
    per_day: int


USUAL_LIMITS: Final[Mapping[Role, MovementLimit]] = {
    Role.OWNER: MovementLimit(100_000, 500_000),
    Role.MANAGER: MovementLimit(10_000, 50_000),
    Role.CARE: MovementLimit(500, 5_000),
}
"""Of the roles that may move points at all, until the shop chooses."""


@dataclass(frozen=True)
class MovementLimits:
    """The limits that a shop chose, by role; as stored: {"care": [500, 5000]}."""

    chosen: Mapping[Role, MovementLimit] = field(default_factory=dict)

    def of(self, role: Role) -> MovementLimit | None:
        """Return the role's limit; None: it moves nothing by hand."""
        return self.chosen.get(role, USUAL_LIMITS[role]) if role in USUAL_LIMITS else None

    def of_roles(self) -> dict[Role, MovementLimit]:
        """Return the limit of every role that may move points, the widest first."""
        return {role: self.chosen.get(role, usual) for role, usual in USUAL_LIMITS.items()}

    def by_field(self) -> dict[str, int]:
        """Return each number under a name of its own, such as `care_at_once`, for forms and the audit trail."""
        return {
            f"{role.value}_{name}": points
            for role, limit in self.of_roles().items()
            for name, points in limit._asdict().items()
        }

    def to_json(self) -> dict[str, list[int]]:
        return {role.value: list(limit) for role, limit in self.chosen.items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Sequence[int]]) -> MovementLimits:
        return cls({Role(role): MovementLimit(*limit) for role, limit in stored.items()})
