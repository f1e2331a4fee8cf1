"""A merchant's own fields of a member."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class AttributeKind(StrEnum):
    """What a value of a merchant's own field may be."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    DATE = "date"


@dataclass(frozen=True)
class AttributeFacts:
    """One field of the merchant's own; values stand in `MemberFacts.attributes` under `key`.

    `label` is what people read, `key` what tills send. One that is not active is asked for no more; values stay.
    """

    id: UUID
    key: str
    label: str
    kind: AttributeKind
    choices: tuple[str, ...]
    is_active: bool


@dataclass(frozen=True)
class AttributeDraft:
    """A new field as it was typed; without a `key` it is made of the label."""

    label: str
    kind: AttributeKind
    key: str = ""
    choices: tuple[str, ...] = ()
