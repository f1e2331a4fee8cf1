"""The sales of a member, when two records of one person are joined or taken apart, or a person is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q

from common.errors import Refusal, TemporarilyUnavailable
from common.named_rows import empty_words
from common.passed_rows import Passed, pass_rows
from members.operations import recount_purchases
from merchants.facts import MerchantFacts
from sales.models import ParkedReturn, Refund, Sale

_TABLE: Final = "sales_sale"
_FIGURES: Final = "sales_spend"


def lock_sales_of(*, merchant: MerchantFacts, member_id: UUID) -> list[UUID]:
    """Lock the member's sales, before any member's row: a return locks in this order, too. Return their ids."""
    rows = Sale.objects.filter(merchant_id=merchant.id, member_id=member_id).order_by("id")
    return list(rows.select_for_update(of=("self",)).values_list("id", flat=True))


def absorb_member(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, locked: Sequence[UUID], at: datetime
) -> Passed:
    """Give the survivor the merged member's sales and count both again; return what passed.

    `locked` are the sales that were locked first. One that came in between is taken along unless a return of it holds
    it and waits for us: then TemporarilyUnavailable is raised, and the merge is asked for again.
    """
    later = Sale.objects.filter(merchant_id=merchant.id, member_id=merged_id).exclude(id__in=locked)
    free = later.order_by("id").select_for_update(of=("self",), skip_locked=True).values_list("id", flat=True)
    if len(free) < later.count():
        raise TemporarilyUnavailable
    rows = pass_rows(_TABLE, merchant_id=merchant.id, from_id=merged_id, to_id=survivor_id)
    recount_purchases(merchant=merchant, member_ids=[survivor_id, merged_id], source_view=_FIGURES)
    return {"sales": rows}


def release_member(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, moved: Passed, merged_at: datetime, at: datetime
) -> None:
    """Give the merged member back what passed. Raises Refusal('merged_sales_returned') after a return of one."""
    ids = list(moved.get("sales", ()))
    if Refund.objects.filter(merchant_id=merchant.id, sale_id__in=ids, received_at__gte=merged_at).exists():
        raise Refusal("merged_sales_returned")
    late = Sale.objects.filter(Q(claimed_at__gte=merged_at), merchant_id=merchant.id, id__in=ids)
    if late.exists():
        raise Refusal("merged_sales_returned")
    pass_rows(_TABLE, merchant_id=merchant.id, from_id=survivor_id, to_id=merged_id, ids=ids)
    recount_purchases(merchant=merchant, member_ids=[survivor_id, merged_id], source_view=_FIGURES)


def lock_moved_sales(*, merchant: MerchantFacts, moved: Passed) -> None:
    """Lock the sales that a merge passed, before any member's row."""
    rows = Sale.objects.filter(merchant_id=merchant.id, id__in=list(moved.get("sales", ()))).order_by("id")
    list(rows.select_for_update(of=("self",)).values_list("id", flat=True))


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """Erase what tills wrote about returns of the member; receipts and amounts stay, under the surrogate id."""
    theirs = Refund.objects.filter(merchant_id=merchant.id, sale__member_id=member_id)
    theirs.exclude(reason="").update(reason="")


def forget_words(*, merchant: MerchantFacts, texts: Sequence[str]) -> None:
    """Empty what was written about returns of anyone, or of no one, wherever it names a person who is erased."""
    empty_words(Refund, merchant_id=merchant.id, columns=["reason"], texts=texts)
    empty_words(ParkedReturn, merchant_id=merchant.id, columns=["reason", "note"], texts=texts)
