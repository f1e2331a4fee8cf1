"""What a shop says of all its members, taken over into its sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from common.copies import rows_of, write_copies
from members.models import AttributeDefinition, Tier, TierProgram
from merchants.facts import MerchantFacts


def member_program_rows(*, merchant: MerchantFacts) -> list[Any]:
    """Return the rows that say how tiers are held, and which fields of their own members have."""
    return [row for table in (TierProgram, Tier, AttributeDefinition) for row in rows_of(table, merchant.id)]


def copy_member_program(*, merchant: MerchantFacts, rows: Sequence[Any]) -> None:
    """Write a shop's tiers and fields as the sandbox's."""
    write_copies(merchant.id, rows, {})
