"""The shares of a sale that goods carry when they come back, and how many units may come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from common.errors import BadInput, FieldError, Refusal
from common.ids import new_id
from merchants.facts import MerchantFacts
from rewards.engine.facts import Outcome
from rewards.engine.returns import (
    cashback_to_take_back,
    earned_by_remaining,
    goods_return,
    points_to_take_back,
    spend_of_remaining,
)
from sales.facts import RefundDraft
from sales.models import Sale, SaleLine
from sales.operations.refund_in_progress import RefundInProgress, RefundShares, Returns
from sales.queries import returned_units
from sales.rules import BelievedTime


class RefundExceedsSale(Refusal):
    """More units than the line has left; `lines` names each with what is left."""

    code = "refund_exceeds_sale"


def check_quantities(lines: Sequence[SaleLine], draft: RefundDraft) -> dict[UUID, int]:
    """Return the units to take back by line row; the same line named twice counts together.

    Raises BadInput for a line that the sale does not have, RefundExceedsSale.
    """
    by_id = {line.line_id: line for line in lines}
    unknown = [i for i, asked in enumerate(draft.lines) if asked.line_id not in by_id]
    if unknown:
        words = gettext("The sale has no line of this id.")
        raise BadInput([FieldError(f"/lines/{i}/line_id", "unknown_line", words) for i in unknown])
    wanted: dict[UUID, int] = {}
    for asked in draft.lines:
        row = by_id[asked.line_id]
        wanted[row.id] = wanted.get(row.id, 0) + asked.quantity
    over = [
        {"line_id": line.line_id, "asked": wanted[line.id], "left": line.quantity - line.returned_quantity}
        for line in lines
        if line.id in wanted and wanted[line.id] > line.quantity - line.returned_quantity
    ]
    if over:
        raise RefundExceedsSale(lines=over)
    return wanted


def start_refund(
    merchant: MerchantFacts,
    sale: Sale,
    lines: Sequence[SaleLine],
    quantities: Mapping[UUID, int],
    *,
    till_id: UUID,
    kind: str,
    draft: RefundDraft,
    time: BelievedTime,
    received_at: datetime,
    exchange_sale_id: UUID | None = None,
) -> RefundInProgress:
    """Return the refund with the shares it takes back; nothing but the sale is locked yet."""
    outcome = Outcome.from_json(sale.outcome)
    returns = _list_returns(merchant, sale, lines, quantities)
    return RefundInProgress(
        id=new_id(),
        merchant=merchant,
        till_id=till_id,
        sale=sale,
        sale_lines=lines,
        quantities=quantities,
        kind=kind,
        draft=draft,
        time=time,
        received_at=received_at,
        outcome=outcome,
        returns=returns,
        shares=_share_refund(sale, outcome, lines, returns),
        was_purchase=sale.total_amount > sale.refunded_amount,
        was_partly_left=sale.status in ("completed", "partially_refunded"),
        exchange_sale_id=exchange_sale_id,
    )


def _list_returns(
    merchant: MerchantFacts, sale: Sale, lines: Sequence[SaleLine], quantities: Mapping[UUID, int]
) -> Returns:
    """Return every return of the sale in the order they came, the one of `quantities` last: units by line id."""
    now = {line.line_id: quantities[line.id] for line in lines if quantities.get(line.id)}
    if not any(line.returned_quantity for line in lines):
        return (now,)
    return (*returned_units(merchant=merchant, sale_id=sale.id), now)


def _share_spend_change(sale: Sale, goods_amount: int) -> int:
    """Return what goes back with these goods of the difference between goods and the member's spending."""
    if not sale.spend_change_amount:
        return 0
    back = sale.spend_change_amount * (sale.refunded_amount + goods_amount) // sale.total_amount
    return back - sale.spend_change_returned_amount


def _share_refund(sale: Sale, outcome: Outcome, lines: Sequence[SaleLine], returns: Returns) -> RefundShares:
    """Return what the last of `returns` takes back."""
    back = goods_return(outcome, returns[:-1], returns[-1])
    by_id = {line.line_id: line for line in lines}
    earned = sale.member_id is not None
    return RefundShares(
        lines=[(by_id[line.line_id], line) for line in back.lines],
        paid=back.paid,
        bill=back.bill,
        spend_change_amount=_share_spend_change(sale, back.paid.goods_amount),
        points_reversed=points_to_take_back(outcome, returns, sale.points_reversed) if earned else 0,
        cashback_reversed=(
            cashback_to_take_back(outcome, returns, sale.cashback_reversed_amount)
            if earned and sale.cashback_earned_amount
            else 0
        ),
        spends=spend_of_remaining(outcome, returns) if outcome.uses else {},
        kept_points=dict(earned_by_remaining(outcome, returns).points_by_promotion) if earned else {},
    )
