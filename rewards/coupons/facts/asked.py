"""Codes above what one person may make alone, as they are asked of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

COUPONS_ABOVE: Final = "coupons.create"
"""The kind of approval that makes a batch of codes, or one shared code."""


@dataclass(frozen=True, slots=True)
class AskedCoupons:
    """A batch as it will be made: `count` codes, or one shared `text`, which is "" for many codes.

    `max_uses` is for each code; None: any number of times. `most_cost_amount` is what all may cost; None: any amount.
    The text must not be logged, and is kept encrypted.
    """

    batch_id: UUID
    title: str
    definition: Mapping[str, Any]
    count: int
    text: str
    max_uses: int | None
    valid_until: date | None
    most_cost_amount: int | None

    @property
    def kind(self) -> str:
        return "shared" if self.text else "codes"

    def to_json(self, *, sealed_text: str) -> dict[str, Any]:
        return {
            "title": self.title,
            "definition": dict(self.definition),
            "count": self.count,
            "sealed_text": sealed_text,
            "max_uses": self.max_uses,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "most_cost_amount": self.most_cost_amount,
        }

    @classmethod
    def from_json(cls, batch_id: UUID, data: Mapping[str, Any], *, unseal: Callable[[str], str]) -> AskedCoupons:
        return cls(
            batch_id=batch_id,
            title=str(data["title"]),
            definition=data["definition"],
            count=int(data["count"]),
            text=unseal(str(data["sealed_text"])),
            max_uses=data["max_uses"],
            valid_until=date.fromisoformat(data["valid_until"]) if data["valid_until"] else None,
            most_cost_amount=data["most_cost_amount"],
        )
