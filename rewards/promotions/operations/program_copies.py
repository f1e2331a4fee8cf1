"""The promotions of a shop, taken over into its sandbox: wordings and pauses, without a single use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from common.copies import rows_of, write_copies
from merchants.facts import SYSTEM, MerchantFacts
from merchants.operations import record_audit
from rewards.promotions.models import Partner, Promotion, PromotionStatusChange, PromotionVersion

_UNUSED: Final = {"used_count": 0, "reserved_count": 0, "spent_amount": 0, "reserved_amount": 0}


def promotion_rows(*, merchant: MerchantFacts) -> list[Any]:
    """Return promotions with all their versions and status changes, and the partners they may name."""
    tables = (Partner, Promotion, PromotionVersion, PromotionStatusChange)
    return [row for table in tables for row in rows_of(table, merchant.id)]


def copy_promotions(*, merchant: MerchantFacts, rows: Sequence[Any], at: datetime) -> None:
    """Write a shop's promotions as the sandbox's; its trail knows each of their status changes."""
    write_copies(merchant.id, rows, {Promotion: _UNUSED})
    for row in rows:
        if isinstance(row, PromotionStatusChange):
            record_audit(
                merchant=merchant,
                actor=SYSTEM,
                action="promotion.copied",
                at=at,
                subject=("promotion", row.promotion_id),
                after={"state": row.state, "starts_at": row.starts_at},
            )
