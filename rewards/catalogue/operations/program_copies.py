"""The rewards of a shop, taken over into its sandbox with pictures, and with as many pieces as the shop has now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from common.copies import rows_of, write_copies
from merchants.facts import SYSTEM, MerchantFacts
from rewards.catalogue.models import Reward, RewardPicture, StockMovement


def reward_rows(*, merchant: MerchantFacts) -> list[Any]:
    """Return rewards and their pictures."""
    return [*rows_of(Reward, merchant.id), *rows_of(RewardPicture, merchant.id)]


def copy_rewards(*, merchant: MerchantFacts, rows: Sequence[Any], at: datetime) -> None:
    """Write a shop's rewards as the sandbox's; the stock of each begins with one movement."""
    write_copies(merchant.id, rows, {})
    opened = [(row.id, row.stock) for row in rows if isinstance(row, Reward) and row.stock]
    StockMovement.objects.bulk_create(
        StockMovement(
            merchant_id=merchant.id,
            reward_id=reward_id,
            kind="opening",
            change=stock,
            actor_label=SYSTEM.label,
            at=at,
        )
        for reward_id, stock in opened
    )
