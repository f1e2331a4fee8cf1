"""Whose data someone could have seen: for telling those concerned when it came into wrong hands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from members.facts import MemberStatus
from members.models import Member, Viewing
from members.queries.likeness import survivors_of
from merchants.facts import MerchantFacts

_ERASED = MemberStatus.ERASED.value


def members_known_at(*, merchant: MerchantFacts, at: datetime) -> list[UUID]:
    """Return everyone who had joined by then and is not erased since, by id; merged records are their survivor's."""
    rows = Member.objects.filter(merchant_id=merchant.id, joined_at__lte=at, merged_into_id__isnull=True)
    return list(rows.exclude(status=_ERASED).order_by("id").values_list("id", flat=True))


def members_viewed_by(*, merchant: MerchantFacts, viewer_id: UUID, since: datetime, until: datetime) -> list[UUID]:
    """Return the members of whom that person of the staff was shown a page or a file in the time, as they are today."""
    rows = Viewing.objects.filter(merchant_id=merchant.id, viewer_id=viewer_id, first_at__lte=until, last_at__gte=since)
    return members_today(merchant=merchant, member_ids=set(rows.values_list("member_id", flat=True)))


def members_today(*, merchant: MerchantFacts, member_ids: Collection[UUID]) -> list[UUID]:
    """Return which members the ids mean today, by id: themselves or their survivors; unknown and erased ones go."""
    found = set(survivors_of(merchant=merchant, member_ids=list(member_ids)).values())
    rows = Member.objects.filter(merchant_id=merchant.id, id__in=found).exclude(status=_ERASED)
    return list(rows.order_by("id").values_list("id", flat=True))


def member_ids_of_numbers(*, merchant: MerchantFacts, numbers: Collection[str]) -> dict[str, UUID]:
    """Return the member of each member number, erased ones and unknown numbers left out."""
    rows = Member.objects.filter(merchant_id=merchant.id, number__in=sorted(numbers)).exclude(status=_ERASED)
    found = dict(rows.order_by("number").values_list("number", "id"))
    survivors = survivors_of(merchant=merchant, member_ids=list(found.values()))
    return {number: survivors[member_id] for number, member_id in found.items() if member_id in survivors}
