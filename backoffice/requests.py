"""Asking another person for what is above a limit: a request in words, and who may approve it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from merchants.facts import ApprovalDetails, MerchantFacts, Permission
from merchants.queries import staff
from merchants.rules import may


@dataclass(frozen=True)
class AskedRow:
    """A request in words: what it asks for, what it is about with the page that shows it, and a note."""

    asked: ApprovalDetails
    what: str
    about: str
    about_url: str = ""
    note: str = ""


def approvers(merchant: MerchantFacts, asker_id: UUID | None) -> tuple[str, ...]:
    """Return the names of those who may approve what this person asks for."""
    return tuple(
        one.name
        for one in staff(merchant=merchant)
        if one.is_active and one.user_id != asker_id and may(one.role, Permission.APPROVE_ADJUSTMENTS)
    )
