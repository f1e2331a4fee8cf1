"""Goods handed back in a receipt that was paid, beyond what their own sale has left.

The customer has gone with the money for them, so the receipt is recorded. What the sale has left is taken back; the
rest was paid out for goods that had come back before, or were never sold. It is kept for a person, who finds out which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.ids import new_id
from merchants.facts import MerchantFacts
from sales.facts import ParkedLine, RefundDraft, RefundLineDraft, SaleWarning
from sales.models import ParkedReturn, Refund, Sale, SaleLine
from sales.queries import lines_of
from sales.rules import BelievedTime

EXCESS = "excess"
"""The kind of such a return, which is never carried out."""
Lines = tuple[RefundLineDraft, ...]


def leave_excess(
    *, merchant: MerchantFacts, sale: Sale, draft: RefundDraft, exchange_sale_id: UUID, time: BelievedTime, at: datetime
) -> tuple[RefundDraft, tuple[SaleWarning, ...]]:
    """Return of the draft what the locked sale has left, and a warning for the rest, which is kept for a person.

    Nothing is left of a return whose number belongs to another one of the same sale.
    """
    lines = lines_of(merchant=merchant, sale_id=sale.id)
    same_number = Refund.objects.filter(
        merchant_id=merchant.id, sale_id=sale.id, refund_reference=draft.refund_reference
    )
    problem = "refund_conflict" if same_number.exists() else ""
    left, excess = ((), draft.lines) if problem else split_returned(lines, draft.lines)
    if not excess:
        return draft, ()
    warning = keep_excess(
        merchant=merchant,
        till_id=sale.till_id,
        reference=sale.reference,
        draft=replace(draft, lines=excess),
        exchange_sale_id=exchange_sale_id,
        time=time,
        at=at,
        problem=problem or _name_problem(lines, excess),
        amount=_worth_of(lines, excess),
    )
    return replace(draft, lines=left), (warning,)


def split_returned(lines: Sequence[SaleLine], asked: Sequence[RefundLineDraft]) -> tuple[Lines, Lines]:
    """Return what the lines of the sale have left of the units asked for, and the units that they have not."""
    left = {line.line_id: line.quantity - line.returned_quantity for line in lines}
    taken, excess = [], []
    for one in asked:
        units = min(one.quantity, left.get(one.line_id, 0))
        if units:
            left[one.line_id] -= units
            taken.append(RefundLineDraft(one.line_id, units))
        if units < one.quantity:
            excess.append(RefundLineDraft(one.line_id, one.quantity - units))
    return tuple(taken), tuple(excess)


def keep_excess(
    *,
    merchant: MerchantFacts,
    till_id: UUID,
    reference: str,
    draft: RefundDraft,
    exchange_sale_id: UUID,
    time: BelievedTime,
    at: datetime,
    problem: str,
    amount: int,
) -> SaleWarning:
    """Keep for a person what cannot be taken back of the receipt `till_id` and `reference` name; return the warning.

    `amount` is what the units had cost, as far as it is known.
    """
    warning = _warn_of_units(reference, draft.lines, amount)
    ParkedReturn.objects.create(
        merchant_id=merchant.id,
        id=new_id(),
        till_id=till_id,
        reference=reference,
        kind=EXCESS,
        refund_reference=draft.refund_reference,
        exchange_sale_id=exchange_sale_id,
        request_fingerprint=draft.request_fingerprint,
        lines=[ParkedLine(line.line_id, line.quantity).to_json() for line in draft.lines],
        reason=draft.reason,
        occurred_at=time.at,
        received_at=at,
        warnings=[one.to_json() for one in (*time.warnings, warning)],
        state="refused",
        settled_at=at,
        problem=problem,
    )
    return warning


def warn_of_excess(*, merchant: MerchantFacts, sale: Sale, units: Lines) -> SaleWarning:
    """Return the warning that the sale has none of these units left."""
    return _warn_of_units(sale.reference, units, _worth_of(lines_of(merchant=merchant, sale_id=sale.id), units))


def _warn_of_units(reference: str, units: Lines, amount: int) -> SaleWarning:
    count = sum(one.quantity for one in units)
    return SaleWarning("return_not_taken_back", {"reference": reference, "units": count, "amount": amount})


def settle_waiting_return(*, sale: Sale, exchange_sale_id: UUID, found: Sequence[SaleWarning]) -> None:
    """Let the exchange whose goods waited for the sale say what became of them, as if the sale had come first."""
    exchange = Sale.objects.select_for_update().get(merchant_id=sale.merchant_id, id=exchange_sale_id)
    said = [one for one in map(SaleWarning.from_json, exchange.warnings) if not _waits_for(one, sale.reference)]
    warnings = [one.to_json() for one in (*said, *found)]
    Sale.objects.filter(merchant_id=sale.merchant_id, id=exchange_sale_id).update(warnings=warnings)


def _waits_for(warning: SaleWarning, reference: str) -> bool:
    return warning.code == "return_waits" and warning.facts["reference"] == reference


def _name_problem(lines: Sequence[SaleLine], excess: Sequence[RefundLineDraft]) -> str:
    known = {line.line_id for line in lines}
    return "refund_exceeds_sale" if any(one.line_id in known for one in excess) else "validation_error"


def _worth_of(lines: Sequence[SaleLine], excess: Sequence[RefundLineDraft]) -> int:
    """Return what so many units had cost at the prices paid; nothing for lines that the sale does not have."""
    by_id = {line.line_id: line for line in lines}
    sold = [(by_id[one.line_id], one.quantity) for one in excess if one.line_id in by_id]
    return sum(line.total_amount * units // line.quantity for line, units in sold)
