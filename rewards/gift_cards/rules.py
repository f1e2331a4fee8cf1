"""Pure rules of gift cards: when a card pays, and how its code is shown."""

from __future__ import annotations

from datetime import date


def gift_card_refusal(*, state: str, available: int, held: int, expires_on: date | None, today: date) -> str | None:
    """Return why a card pays nothing on that day; None when it can. `state` "unknown": a code that no card has.

    What came back to a card after its last day may be used: then something is available.
    """
    if state != "active":
        return f"gift_card_{state}"
    if available > 0:
        return None
    if held > 0:
        return "gift_card_held"
    return "gift_card_expired" if expires_on is not None and expires_on < today else "gift_card_empty"


def masked_code(code: str) -> str:
    """Hide all but the last four symbols; of something too short to be a code everything."""
    return f"****{code[-4:]}" if len(code) >= 8 else "****"
