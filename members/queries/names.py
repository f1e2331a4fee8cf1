"""Members by name, for a cashier whose customer has neither card nor number at hand."""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import and_
from typing import Final
from uuid import UUID

from django.db.models import F, Q, Sum

from common.text import clean_line, is_printable
from members.facts import MemberFacts
from members.models import Member, NameSearch
from members.queries.rows import facts_of, with_ladder
from merchants.facts import MerchantFacts

MOST_NAMED: Final = 10
FEWEST_LETTERS: Final = 3


def can_be_searched(name: str) -> bool:
    """Return whether it has letters enough to name a few people rather than all."""
    return is_printable(clean_line(name)) and sum(map(str.isalpha, clean_line(name))) >= FEWEST_LETTERS


def members_named(*, merchant: MerchantFacts, name: str) -> list[MemberFacts]:
    """List at most ten whose name has, for each word of `name`, one that begins so; who bought last comes first.

    One statement.
    """
    words = clean_line(name).split()
    begins = [Q(name__istartswith=word) | Q(name__icontains=f" {word}") for word in words]
    rows = Member.objects.filter(reduce(and_, begins), merchant_id=merchant.id, merged_into_id__isnull=True)
    last = F("last_purchase_at").desc(nulls_last=True)
    return [facts_of(row) for row in with_ladder(rows, merchant).order_by(last, "id")[:MOST_NAMED]]


def name_searches_by_till(*, merchant: MerchantFacts, since: date) -> dict[UUID, tuple[int, int]]:
    """Count (searches, members shown) of each till from that business day on."""
    rows = NameSearch.objects.filter(merchant_id=merchant.id, business_date__gte=since).values("till_id")
    summed = rows.annotate(all_searches=Sum("searches"), all_shown=Sum("shown")).order_by("till_id")
    return {row["till_id"]: (row["all_searches"], row["all_shown"]) for row in summed}
