"""Saved views of lists: a name for filters and order, for one person or for the team."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from common.errors import Missing, Refusal
from merchants.facts import Actor, MerchantFacts
from merchants.models import SavedView, User

MOST_VIEWS: Final = 30


class TooManyViews(Refusal):
    code = "too_many_views"


def save_view(
    *, merchant: MerchantFacts, page: str, name: str, query: str, is_team: bool, at: datetime, actor: Actor
) -> UUID:
    """Save a new view of this page. Raises TooManyViews beyond 30 that the person sees."""
    if _seen_by(merchant, actor).filter(page=page).count() >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    row = SavedView.objects.create(
        merchant_id=merchant.id,
        page=page,
        name=name,
        query=query,
        user_id=None if is_team else actor.user_id,
        created_at=at,
        created_by=actor.label,
    )
    return row.id


def change_view(
    *, merchant: MerchantFacts, view_id: UUID, actor: Actor, name: str | None = None, query: str | None = None
) -> None:
    """Change its name, its filters, or both. Raises Missing('view_not_found'), also for other people's own views."""
    changes = {key: value for key, value in (("name", name), ("query", query)) if value is not None}
    if changes and not _seen_by(merchant, actor).filter(id=view_id).update(**changes):
        raise Missing("view_not_found")


def delete_view(*, merchant: MerchantFacts, view_id: UUID, actor: Actor) -> None:
    """Delete a view. Raises Missing('view_not_found')."""
    deleted, _ = _seen_by(merchant, actor).filter(id=view_id).delete()
    if not deleted:
        raise Missing("view_not_found")


def set_row_height(*, user_id: UUID, pixels: int) -> None:
    """Save how high this person wants rows of lists: 32, 40 or 48 pixels."""
    User.objects.filter(id=user_id).update(row_height=pixels)


def _seen_by(merchant: MerchantFacts, actor: Actor) -> QuerySet[SavedView]:
    return SavedView.objects.filter(Q(user_id=actor.user_id) | Q(user_id__isnull=True), merchant_id=merchant.id)
