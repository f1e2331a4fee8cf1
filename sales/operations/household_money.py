"""What a member lacks of what a cart takes, moved to them from the household with which they share one wallet."""

from __future__ import annotations

from uuid import UUID

from ledger.operations import LockedAccount
from members.operations import move_missing
from sales.operations.pricing_context import PricingContext


def cover_from_household(
    context: PricingContext, account: LockedAccount, amount: int, hold_id: UUID | None = None
) -> None:
    """Move to the member's `account` what it lacks of `amount`; what the hold sets aside for it is not lacking."""
    mates = context.mates.get(account.unit)
    if not mates or context.member is None:
        return
    held = account.held_by(hold_id) if hold_id in account.open_hold_ids and hold_id is not None else 0
    move_missing(
        merchant=context.merchant,
        member=context.member,
        accounts={context.member.id: account, **mates},
        missing=amount - account.balance.available - held,
    )
