"""Frozen values of the numbers that tills give to what they send in batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NumberedItem:
    """One item of a batch as its number means it: `fingerprint` are 32 bytes of its content.

    `device_id` is empty where the till names no device; `reference` is the receipt the item is about, empty for none.
    """

    device_id: str
    number: int
    fingerprint: bytes
    operation: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class MissingNumbers:
    """Numbers that no item came with, ascending; `has_more`: there are more than these."""

    numbers: tuple[int, ...]
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class NumberGap:
    """Numbers `first` to `last` of one device at a till that never came; a later one did at `since`."""

    till_id: UUID
    device_id: str
    first: int
    last: int
    since: datetime

    @property
    def count(self) -> int:
        return self.last - self.first + 1
