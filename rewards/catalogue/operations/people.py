"""The rewards that a member took, when two records of one person are joined or taken apart, or a person is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from common.errors import Refusal
from common.named_rows import empty_words
from common.passed_rows import Passed, pass_rows
from merchants.facts import MerchantFacts
from rewards.catalogue.models import Redemption, RedemptionStep, StockMovement

_TABLE = "rewards_redemption"


def absorb_member(*, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, at: datetime) -> Passed:
    """Give the survivor what the merged member took, with the gifts that wait for them; return what passed."""
    rows = pass_rows(_TABLE, merchant_id=merchant.id, from_id=merged_id, to_id=survivor_id)
    return {"redemptions": rows}


def release_member(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, moved: Passed, merged_at: datetime, at: datetime
) -> None:
    """Give the merged member back what passed. Raises Refusal('merged_rewards_used')."""
    ids = list(moved.get("redemptions", ()))
    rows = Redemption.objects.filter(merchant_id=merchant.id, id__in=ids)
    if rows.filter(Q(finished_at__gte=merged_at) | Q(fulfilment_at__gte=merged_at)).exists():
        raise Refusal("merged_rewards_used")
    pass_rows(_TABLE, merchant_id=merchant.id, from_id=survivor_id, to_id=merged_id, ids=ids)


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """Erase notes about gifts of the member, such as where one was sent; pieces and points stay."""
    steps = RedemptionStep.objects.filter(merchant_id=merchant.id, redemption__member_id=member_id)
    steps.exclude(note="").update(note="")


def forget_words(*, merchant: MerchantFacts, texts: Sequence[str]) -> None:
    """Empty notes about gifts of others, and about stock, wherever they name a person who is erased."""
    empty_words(RedemptionStep, merchant_id=merchant.id, columns=["note"], texts=texts)
    empty_words(StockMovement, merchant_id=merchant.id, columns=["reason"], texts=texts)
