"""The tiers of a shop, taken over into its sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from common.copies import rows_of, write_copies
from members.models import Tier, TierProgram
from merchants.facts import MerchantFacts


def tier_rows(*, merchant: MerchantFacts) -> list[Any]:
    """Return the rows that say how tiers are held."""
    return [*rows_of(TierProgram, merchant.id), *rows_of(Tier, merchant.id)]


def copy_tiers(*, merchant: MerchantFacts, rows: Sequence[Any]) -> None:
    """Write a shop's tiers as the sandbox's."""
    write_copies(merchant.id, rows, {})
