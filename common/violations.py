"""What a verifier finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """A row that breaks an invariant; `invariant` is its number in the documents ('I4')."""

    invariant: str
    table: str
    row_id: str
    message: str


Check = tuple[str, str, str, str]
"""(invariant, table, message, statement listing the ids that break it)."""
