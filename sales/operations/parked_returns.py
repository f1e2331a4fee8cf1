"""Returns that come before their sale: kept, and carried out in the transaction of the sale when it arrives.

A sale and a return of the same receipt number that arrive at the same moment must not miss each other: each takes the
receipt's lock before it looks, so that one of them sees what the other one wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Coalesce

from common.errors import BadInput, Missing, Refusal
from common.ids import new_id, uuid_or_none
from merchants.facts import Actor, MerchantFacts, TillFacts
from merchants.operations import record_audit, refuse_other_outlet
from merchants.queries import till_by_id
from sales.facts import (
    ExchangeReturnDraft,
    ParkedLine,
    ParkedReturnFacts,
    RecordedRefund,
    RefundDraft,
    RefundLineDraft,
    SaleDraft,
    SaleWarning,
)
from sales.models import ParkedReturn, Refund, Sale
from sales.operations.excess_returns import (
    keep_excess,
    leave_excess,
    settle_waiting_return,
    split_returned,
    warn_of_excess,
)
from sales.operations.exchanges import named_twice
from sales.operations.receipt_lock import LOCK_RECEIPT, receipt_lock_key
from sales.operations.refunds import RefundConflict, refund_sale, return_in_exchange, void_sale
from sales.queries import lines_of, parked_return_facts, sale_by_reference
from sales.rules import BelievedTime, believed_time, not_before_sale

WAITS_FOR: Final = timedelta(days=30)
"""After that a person has to find out what happened; the sale may still come."""
VOID_FINGERPRINT: Final = bytes(32)
SALE_NOT_FOUND: Final = "sale_not_found"
HAS_PARKED_RETURNS: Final = """EXISTS (
    SELECT FROM sales_parkedreturn
    WHERE merchant_id = %s AND till_id = %s AND reference = %s AND state IN ('waiting', 'unmatched'))"""
"""SQL expression of merchant, till and receipt number: whether returns wait for this sale."""


class ParkedReturnSettled(Refusal):
    """Nothing is left to decide about it: it was applied, closed, or still waits for its sale."""

    code = "parked_return_settled"


def refund_or_park(
    *, merchant: MerchantFacts, till: TillFacts, reference: str, draft: RefundDraft, received_at: datetime
) -> RecordedRefund | ParkedReturnFacts:
    """Take goods back by line, or keep the return until its sale arrives. Raises what `refund_sale` raises but Missing.

    The same refund reference again gives the parked return that exists; with other content it is a RefundConflict.
    """
    asked: dict[str, Any] = {"merchant": merchant, "till": till, "reference": reference, "received_at": received_at}
    refunded = _return_known_sale(merchant, till, reference, lambda: refund_sale(draft=draft, **asked))
    return refunded or _park_return(merchant, till, reference, draft, kind="refund", received_at=received_at)


def void_or_park(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    reference: str,
    reason: str,
    received_at: datetime,
    occurred_at: datetime | None = None,
    device_at: datetime | None = None,
) -> RecordedRefund | ParkedReturnFacts:
    """Undo what is left of the sale, or keep the void until the sale arrives. Raises SaleAlreadyVoided."""
    asked: dict[str, Any] = {"merchant": merchant, "till": till, "reference": reference, "received_at": received_at}
    said: dict[str, Any] = {"reason": reason, "occurred_at": occurred_at, "device_at": device_at}
    voided = _return_known_sale(merchant, till, reference, lambda: void_sale(**said, **asked))
    draft = RefundDraft(refund_reference="", request_fingerprint=VOID_FINGERPRINT, lines=(), **said)
    return voided or _park_return(merchant, till, reference, draft, kind="void", received_at=received_at)


def park_unknown_returns(
    *, merchant: MerchantFacts, till: TillFacts, draft: SaleDraft, sale_id: UUID, received_at: datetime
) -> tuple[SaleDraft, tuple[SaleWarning, ...]]:
    """Keep the goods that a paid sale hands back of receipts that are not here yet: taken back when those arrive.

    What names no receipt at all, or this one, is kept for a person. Return the draft without them, and a warning for
    each; any other draft comes back as it is, without a statement. Raises BadInput where one receipt is named twice.
    """
    if not draft.is_paid or not draft.returns:
        return draft, ()
    here, waiting, named = [], [], set[str]()
    for number, asked in enumerate(draft.returns):
        name = _name_receipt(asked)
        if name in named:
            raise named_twice(number)
        named.add(name)
        refund = RefundDraft(
            refund_reference=draft.reference,
            request_fingerprint=draft.request_fingerprint,
            lines=asked.lines,
            reason=asked.reason,
            occurred_at=draft.occurred_at,
            device_at=draft.device_at,
        )
        if asked.reference == draft.reference or _names_nothing(merchant, asked.sale_id, own_id=sale_id):
            number_of_it = asked.reference or name
            kept = _keep_unknown(
                merchant, till, number_of_it, refund, sale_id=sale_id, received_at=received_at, problem=SALE_NOT_FOUND
            )
            waiting.append(kept)
        elif asked.reference is None or _is_here(merchant, till, asked.reference):
            here.append(asked)
        else:
            waiting.append(_park_exchanged(merchant, till, asked.reference, refund, sale_id, received_at=received_at))
    return replace(draft, returns=tuple(here)), tuple(waiting)


def _name_receipt(asked: ExchangeReturnDraft) -> str:
    """Return what a return names its receipt by, the same for an id and for a number that is this id."""
    number = asked.reference or str(asked.sale_id)
    known_id = uuid_or_none(number)
    return number if known_id is None else str(known_id)


def _keep_unknown(
    merchant: MerchantFacts,
    till: TillFacts,
    reference: str,
    draft: RefundDraft,
    *,
    sale_id: UUID,
    received_at: datetime,
    problem: str,
) -> SaleWarning:
    """Keep for a person what the paid sale of the id handed back of a receipt whose prices are not known."""
    return keep_excess(
        merchant=merchant,
        till_id=till.id,
        reference=reference,
        draft=draft,
        exchange_sale_id=sale_id,
        time=believed_time(draft.occurred_at, received_at, draft.device_at),
        at=received_at,
        problem=problem,
        amount=0,
    )


def _park_exchanged(
    merchant: MerchantFacts,
    till: TillFacts,
    reference: str,
    draft: RefundDraft,
    sale_id: UUID,
    *,
    received_at: datetime,
) -> SaleWarning:
    """Let what a paid sale handed back wait for its receipt; where its number names a return already, for a person."""
    asked: dict[str, Any] = {"received_at": received_at}
    try:
        _park_return(merchant, till, reference, draft, kind="refund", exchange_sale_id=sale_id, **asked)
    except RefundConflict as conflict:
        return _keep_unknown(merchant, till, reference, draft, sale_id=sale_id, problem=conflict.code, **asked)
    return SaleWarning("return_waits", {"reference": reference})


def apply_parked_returns(*, merchant: MerchantFacts, till: TillFacts, reference: str, received_at: datetime) -> None:
    """Carry out what waited for this sale, in the order in which it happened at the till; refunds before a void.

    What the sale does not allow is refused and left to a person: it undoes neither the sale nor the other returns.
    """
    waiting = ParkedReturn.objects.select_for_update().filter(
        merchant_id=merchant.id, till_id=till.id, reference=reference, state__in=["waiting", "unmatched"]
    )
    for row in waiting.order_by("kind", "occurred_at", "id"):
        try:
            with transaction.atomic():
                refund_id = _apply_return(merchant, till, row, received_at=received_at)
        except (Refusal, BadInput) as error:
            _settle_return(row, "refused", at=received_at, problem=error.code)
            if row.exchange_sale_id is not None:
                sale = sale_by_reference(merchant=merchant, till_id=till.id, reference=reference)
                warning = warn_of_excess(merchant=merchant, sale=sale, units=_lines_of_parked(row))
                settle_waiting_return(sale=sale, exchange_sale_id=row.exchange_sale_id, found=[warning])
        else:
            _settle_return(row, "applied", at=received_at, refund_id=refund_id)


def give_up_parked_returns(*, merchant: MerchantFacts, now: datetime) -> int:
    """Hand what has waited for 30 days to a person; return how many. Their sale may still come."""
    return ParkedReturn.objects.filter(
        merchant_id=merchant.id, state="waiting", received_at__lt=now - WAITS_FOR
    ).update(state="unmatched", settled_at=now)


def close_parked_return(*, merchant: MerchantFacts, parked_id: UUID, note: str, at: datetime, actor: Actor) -> None:
    """Close what came to nothing, with what was done about it. Raises Missing, OtherOutlet and ParkedReturnSettled."""
    row = ParkedReturn.objects.select_for_update().filter(merchant_id=merchant.id, id=parked_id).first()
    if row is None:
        raise Missing("parked_return_not_found")
    till = till_by_id(merchant=merchant, till_id=row.till_id)
    refuse_other_outlet(merchant=merchant, actor=actor, outlet_id=till.outlet.id)
    if row.state not in ("refused", "unmatched"):
        raise ParkedReturnSettled
    ParkedReturn.objects.filter(merchant_id=merchant.id, id=row.id).update(state="closed", settled_at=at, note=note)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="parked_return.closed",
        at=at,
        subject=("parked_return", row.id),
        reason=note,
        before={"state": row.state},
        after={"reference": row.reference, "refund_reference": row.refund_reference},
    )


def _return_known_sale(
    merchant: MerchantFacts, till: TillFacts, reference: str, carry_out: Callable[[], RecordedRefund]
) -> RecordedRefund | None:
    """Carry the return out; None when there is no such sale even under the lock of its receipt, which stays held."""
    try:
        return carry_out()
    except Missing as error:
        if error.code != SALE_NOT_FOUND:
            raise
    _lock_receipt(merchant, till, reference)
    try:
        return carry_out()
    except Missing as error:
        if error.code != SALE_NOT_FOUND:
            raise
        return None


def _names_nothing(merchant: MerchantFacts, sale_id: UUID | None, *, own_id: UUID) -> bool:
    """Return whether goods are handed back by the id of no earlier sale; False where none is named so."""
    if sale_id is None:
        return False
    return sale_id == own_id or not Sale.objects.filter(merchant_id=merchant.id, id=sale_id).exists()


def _is_here(merchant: MerchantFacts, till: TillFacts, reference: str) -> bool:
    """Return whether there is such a sale; if not, the receipt's lock stays held."""
    for is_locked in (False, True):
        try:
            sale_by_reference(merchant=merchant, till_id=till.id, reference=reference)
        except Missing:
            if not is_locked:
                _lock_receipt(merchant, till, reference)
        else:
            return True
    return False


def _lock_receipt(merchant: MerchantFacts, till: TillFacts, reference: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {LOCK_RECEIPT}", [receipt_lock_key(merchant.id, till.id, reference)])


def _park_return(
    merchant: MerchantFacts,
    till: TillFacts,
    reference: str,
    draft: RefundDraft,
    *,
    kind: str,
    received_at: datetime,
    exchange_sale_id: UUID | None = None,
) -> ParkedReturnFacts:
    """Keep the return, or give the one that is kept already. The receipt is locked: no twin comes between."""
    known = ParkedReturn.objects.filter(
        merchant_id=merchant.id,
        till_id=till.id,
        reference=reference,
        kind=kind,
        refund_reference=draft.refund_reference,
    ).first()
    if known is not None:
        if bytes(known.request_fingerprint) != draft.request_fingerprint:
            raise RefundConflict(refund_reference=draft.refund_reference)
        return parked_return_facts(known, created=False)
    believed = believed_time(draft.occurred_at, received_at, draft.device_at)
    row = ParkedReturn.objects.create(
        merchant_id=merchant.id,
        id=new_id(),
        till_id=till.id,
        reference=reference,
        kind=kind,
        refund_reference=draft.refund_reference,
        exchange_sale_id=exchange_sale_id,
        request_fingerprint=draft.request_fingerprint,
        lines=[ParkedLine(line.line_id, line.quantity).to_json() for line in draft.lines],
        reason=draft.reason,
        occurred_at=believed.at,
        received_at=received_at,
        warnings=[warning.to_json() for warning in believed.warnings],
    )
    return parked_return_facts(row)


def _apply_return(merchant: MerchantFacts, till: TillFacts, row: ParkedReturn, *, received_at: datetime) -> UUID:
    """Carry out one parked return on the sale that is here now, and return the refund's id."""
    sale = sale_by_reference(merchant=merchant, till_id=till.id, reference=row.reference, lock=True)
    time = _time_of_return(row, sold_at=sale.occurred_at)
    asked: dict[str, Any] = {
        "merchant": merchant,
        "till": till,
        "reference": row.reference,
        "received_at": received_at,
        "time": time,
    }
    if row.kind == "void":
        return void_sale(reason=row.reason, **asked).refund.id
    draft = RefundDraft(
        refund_reference=row.refund_reference,
        request_fingerprint=bytes(row.request_fingerprint),
        lines=_lines_of_parked(row),
        reason=row.reason,
    )
    if row.exchange_sale_id is not None:
        return _take_exchanged_later(
            merchant, till, row.exchange_sale_id, sale, draft=draft, time=time, received_at=received_at
        )
    return refund_sale(draft=draft, **asked).refund.id


def _lines_of_parked(row: ParkedReturn) -> tuple[RefundLineDraft, ...]:
    lines = map(ParkedLine.from_json, row.lines)
    return tuple(RefundLineDraft(line.line_id, line.quantity) for line in lines)


def _time_of_return(row: ParkedReturn, *, sold_at: datetime) -> BelievedTime:
    """Return when it took place, as it was believed when it was parked, with what was wrong with the till's clock.

    Where our own time was used then, no claim of the till is doubted now.
    """
    believed = BelievedTime(row.occurred_at, tuple(map(SaleWarning.from_json, row.warnings)))
    return not_before_sale(believed, sold_at=sold_at, is_claimed=row.occurred_at != row.received_at)


def _take_exchanged_later(
    merchant: MerchantFacts,
    till: TillFacts,
    exchange_sale_id: UUID,
    sale: Sale,
    *,
    draft: RefundDraft,
    time: BelievedTime,
    received_at: datetime,
) -> UUID:
    """Take back what was handed back in the receipt of another sale, and count it there.

    What the sale has not left is kept for a person. Raises RefundExceedsSale where it has nothing of it left.
    """
    left, excess = split_returned(lines_of(merchant=merchant, sale_id=sale.id), draft.lines)
    found: tuple[SaleWarning, ...] = ()
    if left and excess:
        draft, found = leave_excess(
            merchant=merchant,
            sale=sale,
            draft=draft,
            exchange_sale_id=exchange_sale_id,
            time=time,
            at=received_at,
        )
    return_in_exchange(
        merchant=merchant,
        till=till,
        sale=sale,
        draft=draft,
        exchange_sale_id=exchange_sale_id,
        time=time,
        received_at=received_at,
    )
    refund = Refund.objects.get(merchant_id=merchant.id, sale_id=sale.id, refund_reference=draft.refund_reference)
    exchange = Sale.objects.filter(merchant_id=merchant.id, id=exchange_sale_id)
    exchange.update(exchanged_amount=Coalesce("exchanged_amount", 0) + refund.amount)
    settle_waiting_return(sale=sale, exchange_sale_id=exchange_sale_id, found=found)
    return refund.id


def _settle_return(
    row: ParkedReturn, state: str, *, at: datetime, refund_id: UUID | None = None, problem: str = ""
) -> None:
    ParkedReturn.objects.filter(merchant_id=row.merchant_id, id=row.id).update(
        state=state, settled_at=at, refund_id=refund_id, problem=problem
    )
