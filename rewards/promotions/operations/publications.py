"""Publishing from the desk: what could not be explained to a customer is not published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from common.errors import Refusal
from merchants.facts import Actor, MerchantFacts
from rewards.engine import DefinitionError, validate_definition
from rewards.engine.facts import Level, Surroundings
from rewards.engine.linter import DRAFT_ID
from rewards.promotions.models import PromotionDraft
from rewards.promotions.operations.promotions import create_promotion, publish_version
from rewards.promotions.queries import findings_of


class NotExplainable(Refusal):
    """The check before publishing refuses; `findings` say why."""

    code = "promotion_not_explainable"


def publish_checked(
    *,
    merchant: MerchantFacts,
    definition: Mapping[str, Any],
    promotion_id: UUID | None,
    starts_at: datetime,
    at: datetime,
    actor: Actor,
    surroundings: Surroundings,
    draft_id: UUID | None = None,
    after: int | None = None,
) -> UUID:
    """Publish a first version, or with `promotion_id` the next one, checked beside all that is live.

    The draft it was written in is gone then. `after`: as in `publish_version`.
    Raises NotExplainable, and everything `create_promotion` and `publish_version` raise.
    """
    named = {**definition, "id": str(promotion_id) if promotion_id else DRAFT_ID}
    try:
        draft = validate_definition(named)
    except DefinitionError:
        draft = None
    if draft is not None:
        first_day = starts_at.astimezone(ZoneInfo(merchant.timezone)).date()
        found = findings_of(merchant=merchant, draft=draft, surroundings=surroundings, first_day=first_day)
        refused = [finding for finding in found if finding.level is Level.REFUSE]
        if refused:
            raise NotExplainable(findings=refused)
    if promotion_id is None:
        published = create_promotion(merchant=merchant, definition=definition, starts_at=starts_at, at=at, actor=actor)
    else:
        published = promotion_id
        publish_version(
            merchant=merchant,
            promotion_id=published,
            definition=definition,
            starts_at=starts_at,
            at=at,
            actor=actor,
            after=after,
        )
    drafts = PromotionDraft.objects.filter(merchant_id=merchant.id)
    drafts.filter(Q(id=draft_id) | Q(promotion_id=published) if draft_id else Q(promotion_id=published)).delete()
    return published
