"""Goods handed back in the receipt of a sale: the returns first, then the sale, in one transaction.

What the returns give back (points, wallet money, coupons, room under limits) may be used by the sale.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from common.errors import BadInput, FieldError, Missing
from common.ids import new_id
from members.queries import find_member_id, member
from merchants.facts import MerchantFacts, TillFacts
from sales.facts import CartDraft, ExchangedReturn, ExchangeReturnDraft, RefundDraft, SaleWarning
from sales.models import Quote, Sale
from sales.operations.cart_fingerprints import fingerprint_request
from sales.operations.excess_returns import leave_excess
from sales.operations.exchange_locks import ExchangeLocks, lock_exchange
from sales.operations.pricing_context import ReservedItems
from sales.operations.refund_shares import RefundExceedsSale
from sales.operations.refunds import return_in_exchange
from sales.operations.sale_prices import lock_quote
from sales.operations.sale_times import SaleTime
from sales.queries import exchanged_returns, sale_by_reference
from sales.rules import believed_return_time


@dataclass(frozen=True)
class ExchangeReceipt:
    """The receipt in which goods are handed back, of the sale that is recorded next; it may pay a quote."""

    sale_id: UUID
    reference: str
    request_fingerprint: bytes
    quote_id: UUID | None = None


def take_exchanged_goods(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    draft: CartDraft,
    receipt: ExchangeReceipt,
    sale_time: SaleTime,
    received_at: datetime,
) -> tuple[tuple[ExchangedReturn, ...], tuple[SaleWarning, ...]]:
    """Take back what the draft hands back, under the number of the receipt.

    Return it, and a warning for each part that a receipt which was paid handed back and its sale has not left.
    Every lock of both halves is taken here first. Raises Missing('sale_not_found') for a sale that is not there,
    RefundExceedsSale, RefundConflict where the receipt's number names another return of that sale, and BadInput.
    """
    sales = _lock_sales(merchant, till, draft.returns, sale_id=receipt.sale_id)
    quote = lock_quote(merchant, till, receipt.quote_id)
    lock_exchange(ExchangeLocks(merchant, till, draft, sales, quote, sale_time, received_at))
    is_paid, warnings = _is_paid(merchant, draft, quote), list[SaleWarning]()
    for number, (sale, asked) in enumerate(zip(sales, draft.returns, strict=True)):
        time = believed_return_time(draft.occurred_at, received_at, draft.device_at, sold_at=sale.occurred_at)
        refund = RefundDraft(
            refund_reference=receipt.reference,
            request_fingerprint=receipt.request_fingerprint,
            lines=asked.lines,
            reason=asked.reason,
        )
        if is_paid:
            refund, found = leave_excess(
                merchant=merchant,
                sale=sale,
                draft=refund,
                exchange_sale_id=receipt.sale_id,
                time=time,
                at=received_at,
            )
            warnings += found
            if not refund.lines:
                continue
        with _named_return(number, sale):
            return_in_exchange(
                merchant=merchant,
                till=till,
                sale=sale,
                draft=refund,
                exchange_sale_id=receipt.sale_id,
                time=time,
                received_at=received_at,
            )
    return exchanged_returns(merchant=merchant, sale_id=receipt.sale_id), tuple(warnings)


def _is_paid(merchant: MerchantFacts, draft: CartDraft, quote: Quote | None) -> bool:
    """Return whether the customer has paid: sent afterwards, or as the quote that was reserved for this cart."""
    if draft.is_paid or quote is None:
        return draft.is_paid
    buyer_id = draft.member_id
    if draft.identifier is not None:
        buyer_id = find_member_id(merchant=merchant, identifier=draft.identifier)
    if buyer_id is not None:
        buyer_id = member(merchant=merchant, member_id=buyer_id).id
    return ReservedItems.of_quote(quote).fingerprint == fingerprint_request(draft, member_id=buyer_id)


def preview_exchanged_goods(
    *, merchant: MerchantFacts, till: TillFacts, draft: CartDraft, sale_time: SaleTime, received_at: datetime
) -> tuple[ExchangedReturn, ...]:
    """Return what `take_exchanged_goods` would take back; for a quote, which undoes it (`undone`)."""
    returns, _ = take_exchanged_goods(
        merchant=merchant,
        till=till,
        draft=draft,
        receipt=ExchangeReceipt(new_id(), f"quote:{new_id()}", bytes(32)),
        sale_time=sale_time,
        received_at=received_at,
    )
    return returns


def named_twice(number: int) -> BadInput:
    """Return the refusal of a return whose sale another one of the receipt names, too."""
    words = gettext("This sale stands twice. Name all lines of one sale together.")
    return BadInput([FieldError(f"/returns/{number}", "duplicate", words)])


class _HalfUndoneError(Exception):
    """Leaves the savepoint of `undone`."""


@contextmanager
def undone() -> Iterator[None]:
    """Undo what is written and locked inside, also where nothing went wrong."""
    try:
        with transaction.atomic():
            yield
            raise _HalfUndoneError
    except _HalfUndoneError:
        return


def _lock_sales(
    merchant: MerchantFacts, till: TillFacts, returns: Sequence[ExchangeReturnDraft], *, sale_id: UUID
) -> list[Sale]:
    """Lock the sales that goods come back from, by id; return them in the order asked for.

    Raises Missing('sale_not_found') and BadInput where one is named twice.
    """
    ids = [_find_sale(merchant, till, asked).id for asked in returns]
    for number, found in enumerate(ids):
        if found == sale_id:
            raise Missing("sale_not_found")
        if found in ids[:number]:
            raise named_twice(number)
    rows = Sale.objects.select_for_update().filter(merchant_id=merchant.id, id__in=ids).order_by("id")
    by_id = {row.id: row for row in rows}
    return [by_id[found] for found in ids]


def _find_sale(merchant: MerchantFacts, till: TillFacts, asked: ExchangeReturnDraft) -> Sale:
    """Return the sale that is named, not locked yet. Raises Missing('sale_not_found')."""
    if asked.reference is not None:
        return sale_by_reference(merchant=merchant, till_id=till.id, reference=asked.reference)
    rows = Sale.objects.filter(merchant_id=merchant.id)
    row = rows.filter(id=asked.sale_id).first() if asked.sale_id is not None else None
    if row is None:
        raise Missing("sale_not_found")
    return row


@contextmanager
def _named_return(number: int, sale: Sale) -> Iterator[None]:
    """Say of which return a refusal speaks."""
    try:
        yield
    except BadInput as bad:
        raise BadInput(
            [FieldError(f"/returns/{number}{error.pointer}", error.code, error.message) for error in bad.errors]
        ) from bad
    except RefundExceedsSale as refusal:
        raise RefundExceedsSale(**{**refusal.facts, "reference": sale.reference}) from refusal
