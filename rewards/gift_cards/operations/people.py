"""What a member paid into the wallet, when two records of one person are joined or taken apart, or one is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.errors import Refusal
from common.named_rows import empty_words
from common.passed_rows import Passed, pass_rows
from merchants.facts import MerchantFacts
from rewards.gift_cards.models import TopUp

_TABLE = "rewards_topup"


def absorb_member(*, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, at: datetime) -> Passed:
    """Give the survivor the merged member's top-ups; return what passed."""
    return {"top_ups": pass_rows(_TABLE, merchant_id=merchant.id, from_id=merged_id, to_id=survivor_id)}


def release_member(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, moved: Passed, merged_at: datetime, at: datetime
) -> None:
    """Give the merged member back what passed. Raises Refusal('merged_points_moved')."""
    ids = list(moved.get("top_ups", ()))
    if TopUp.objects.filter(merchant_id=merchant.id, id__in=ids, reversed_at__gte=merged_at).exists():
        raise Refusal("merged_points_moved")
    pass_rows(_TABLE, merchant_id=merchant.id, from_id=survivor_id, to_id=merged_id, ids=ids)


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """Erase what tills wrote about money that the member paid in; the amounts stay."""
    theirs = TopUp.objects.filter(merchant_id=merchant.id, member_id=member_id)
    theirs.exclude(reason="", reversal_reason="").update(reason="", reversal_reason="")


def forget_words(*, merchant: MerchantFacts, texts: Sequence[str]) -> None:
    """Empty what tills wrote about money of others wherever it names a person who is erased."""
    empty_words(TopUp, merchant_id=merchant.id, columns=["reason", "reversal_reason"], texts=texts)
