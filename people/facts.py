"""Frozen values of what is done to a person in every app at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

PERSON_FILE: Final = "person_file"
"""The kind of job that writes all that is known of one person into a file."""

Row = Mapping[str, Any]
"""A line of a section: the name of each column and its value."""


@dataclass(frozen=True)
class PersonFileJob:
    """What a job of this kind is asked for: whose data."""

    member_id: UUID

    def to_json(self) -> dict[str, str]:
        return {"member_id": str(self.member_id)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PersonFileJob:
        return cls(UUID(data["member_id"]))


@dataclass(frozen=True)
class Section:
    """A part of what is known of a person; all rows have the same columns."""

    name: str
    rows: tuple[Row, ...]
