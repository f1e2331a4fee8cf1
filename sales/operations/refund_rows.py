"""The rows of a refund: its own, its lines, and the figures of the sale."""

from __future__ import annotations

from sales.models import Refund, RefundLine, Sale, SaleLine
from sales.operations.refund_in_progress import RefundInProgress
from sales.rules import status_after


def write_refund_rows(back: RefundInProgress) -> Refund:
    """Write the refund with its lines, and what came back into the lines and the row of the sale."""
    row = _write_refund(back)
    _write_refund_lines(back)
    _write_sale_figures(back)
    return row


def _write_refund(back: RefundInProgress) -> Refund:
    return Refund.objects.create(
        merchant_id=back.merchant.id,
        id=back.id,
        sale_id=back.sale.id,
        till_id=back.till_id,
        exchange_sale_id=back.exchange_sale_id,
        kind=back.kind,
        refund_reference=back.draft.refund_reference,
        request_fingerprint=back.draft.request_fingerprint,
        occurred_at=back.time.at,
        received_at=back.received_at,
        business_date=back.merchant.day_of(back.time.at),
        amount=back.shares.money_amount,
        goods_amount=back.shares.paid.goods_amount,
        tax_amount=back.shares.bill.tax_amount,
        service_amount=back.shares.bill.service_amount,
        tip_amount=back.shares.bill.tip_amount,
        rounding_amount=back.shares.bill.rounding_amount,
        spend_change_amount=back.shares.spend_change_amount,
        points_reversed=back.shares.points_reversed,
        points_returned=back.points_returned,
        wallet_returned_amount=back.wallet_returned,
        gift_card_returned_amount=back.cards_returned,
        cashback_reversed_amount=back.shares.cashback_reversed,
        points_expired=back.points_untaken.expired,
        points_lost=back.points_untaken.lost,
        cashback_expired_amount=back.cashback_untaken.expired,
        cashback_lost_amount=back.cashback_untaken.lost,
        points_balance=back.points_balance,
        reason=back.draft.reason,
        warnings=[warning.to_json() for warning in back.time.warnings],
    )


def _write_refund_lines(back: RefundInProgress) -> None:
    RefundLine.objects.bulk_create(
        [
            RefundLine(
                merchant_id=back.merchant.id,
                refund_id=back.id,
                line_id_of_sale=line.id,
                line_id=line.line_id,
                quantity=share.quantity,
                amount=share.goods_amount,
            )
            for line, share in back.shares.lines
        ]
    )
    for line, share in back.shares.lines:
        SaleLine.objects.filter(merchant_id=back.merchant.id, id=line.id).update(
            returned_quantity=line.returned_quantity + share.quantity,
            returned_amount=line.returned_amount + share.goods_amount,
        )


def _write_sale_figures(back: RefundInProgress) -> None:
    sale, shares = back.sale, back.shares
    sale.status = "voided" if back.is_void else _status_after(back)
    sale.refunded_amount += shares.paid.goods_amount
    sale.spend_change_returned_amount += shares.spend_change_amount
    sale.points_reversed += shares.points_reversed
    sale.points_returned += back.points_returned
    sale.wallet_returned_amount += back.wallet_returned
    sale.gift_card_returned_amount += back.cards_returned
    sale.cashback_reversed_amount += shares.cashback_reversed
    Sale.objects.filter(merchant_id=back.merchant.id, id=sale.id).update(
        status=sale.status,
        refunded_amount=sale.refunded_amount,
        spend_change_returned_amount=sale.spend_change_returned_amount,
        points_reversed=sale.points_reversed,
        points_returned=sale.points_returned,
        wallet_returned_amount=sale.wallet_returned_amount,
        gift_card_returned_amount=sale.gift_card_returned_amount,
        cashback_reversed_amount=sale.cashback_reversed_amount,
    )


def _status_after(back: RefundInProgress) -> str:
    return status_after(
        sold=[line.quantity for line in back.sale_lines],
        returned=[line.returned_quantity + back.quantities.get(line.id, 0) for line in back.sale_lines],
    )
