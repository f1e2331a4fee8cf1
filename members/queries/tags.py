"""Tags: the words in use, those of one member, and what one action gave."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef

from common.errors import Missing
from members.facts import TagFacts, TaggingFacts
from members.models import MemberTag, Tag
from merchants.facts import MerchantFacts


def tags(*, merchant: MerchantFacts) -> list[TagFacts]:
    """Return the tags that a member has, by name."""
    given = MemberTag.objects.filter(merchant_id=merchant.id, tag_id=OuterRef("id"))
    rows = Tag.objects.filter(Exists(given), merchant_id=merchant.id).order_by("name", "id")
    return [TagFacts(row.id, row.name) for row in rows]


def tags_of_member(*, merchant: MerchantFacts, member_id: UUID) -> list[TagFacts]:
    rows = Tag.objects.filter(
        merchant_id=merchant.id,
        id__in=MemberTag.objects.filter(merchant_id=merchant.id, member_id=member_id).values("tag_id"),
    ).order_by("name", "id")
    return [TagFacts(row.id, row.name) for row in rows]


def tagging(*, merchant: MerchantFacts, batch_id: UUID) -> TaggingFacts:
    """Return what is left of one action. Raises Missing('tagging_not_found'), also once all was taken back."""
    mine = MemberTag.objects.filter(merchant_id=merchant.id, batch_id=batch_id)
    found = mine.values("tag_id").annotate(count=Count("id"), at=Min("added_at")).order_by("tag_id").first()
    if found is None:
        raise Missing("tagging_not_found")
    tag = Tag.objects.get(merchant_id=merchant.id, id=found["tag_id"])
    return TaggingFacts(batch_id, TagFacts(tag.id, tag.name), found["count"], found["at"])
