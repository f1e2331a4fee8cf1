"""Drafts of promotions: kept while they are written, thrown away, gone once they are published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from common.errors import Missing
from common.ids import new_id
from merchants.facts import Actor, MerchantFacts
from rewards.engine.facts import Definition
from rewards.promotions.models import Promotion, PromotionDraft


def keep_draft(
    *,
    merchant: MerchantFacts,
    title: str,
    kind: str,
    written: Mapping[str, Sequence[str]],
    definition: Definition | None,
    at: datetime,
    actor: Actor,
    draft_id: UUID | None = None,
    promotion_id: UUID | None = None,
) -> UUID:
    """Keeps what was written so far; `written` are the texts of the boxes by name. Of a promotion's next version there
    is one draft, which everybody who writes it shares. Raises Missing('promotion_not_found', 'draft_not_found').
    """
    mine = PromotionDraft.objects.filter(merchant_id=merchant.id)
    if promotion_id is not None:
        if not Promotion.objects.filter(merchant_id=merchant.id, id=promotion_id, needs_coupon=False).exists():
            raise Missing("promotion_not_found")
        draft_id = mine.filter(promotion_id=promotion_id).values_list("id", flat=True).first()
    values: dict[str, Any] = {
        "title": title[:120],
        "kind": kind,
        "written": {name: list(texts) for name, texts in written.items()},
        "definition": definition.to_json() if definition is not None else None,
        "updated_at": at,
        "updated_by": actor.label,
    }
    if draft_id is None:
        draft_id = new_id()
        PromotionDraft.objects.create(
            merchant_id=merchant.id, id=draft_id, promotion_id=promotion_id, created_at=at, **values
        )
    elif not mine.filter(id=draft_id, promotion_id=promotion_id).update(**values):
        raise Missing("draft_not_found")
    return draft_id


def discard_draft(*, merchant: MerchantFacts, draft_id: UUID) -> UUID | None:
    """Delete the draft; return the id of the promotion whose next version it was. Raises Missing('draft_not_found')."""
    row = PromotionDraft.objects.filter(merchant_id=merchant.id, id=draft_id).first()
    if row is None:
        raise Missing("draft_not_found")
    PromotionDraft.objects.filter(merchant_id=merchant.id, id=draft_id).delete()
    return row.promotion_id
