"""Drafts of promotions, as their writers see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.errors import Missing
from merchants.facts import MerchantFacts
from rewards.promotions.models import PromotionDraft


@dataclass(frozen=True)
class DraftFacts:
    """`written`: the texts of the boxes by name. `promotion_id`: the promotion whose next version it would be."""

    id: UUID
    promotion_id: UUID | None
    title: str
    kind: str
    written: Mapping[str, Sequence[str]]
    updated_at: datetime
    updated_by: str


def draft(*, merchant: MerchantFacts, draft_id: UUID) -> DraftFacts:
    """Return one draft. Raises Missing('draft_not_found')."""
    row = PromotionDraft.objects.filter(merchant_id=merchant.id, id=draft_id).first()
    if row is None:
        raise Missing("draft_not_found")
    return _draft_facts(row)


def draft_of(*, merchant: MerchantFacts, promotion_id: UUID) -> DraftFacts | None:
    """Return the next version of this promotion that a person is writing; None without one."""
    row = PromotionDraft.objects.filter(merchant_id=merchant.id, promotion_id=promotion_id).first()
    return _draft_facts(row) if row is not None else None


def _draft_facts(row: PromotionDraft) -> DraftFacts:
    return DraftFacts(row.id, row.promotion_id, row.title, row.kind, row.written, row.updated_at, row.updated_by)
