"""Receipts as staff look them up: by number over all tills, and one of them with everything it says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from common.errors import Missing
from merchants.facts import MerchantFacts
from rewards.engine.facts import Bill, Outcome
from sales.facts import ExchangedGoods, FoundReceipt, ReceiptDetail, ReturnDetail
from sales.models import Refund, Sale, SaleLine
from sales.queries.money import receipt_references
from sales.queries.receipt_facts import line_facts
from sales.queries.receipts import exchanged_returns, lines_of, refund_facts, warnings_in_force
from sales.rules import losses_of


def receipts_with_reference(
    *, merchant: MerchantFacts, till_ids: Sequence[UUID], references: Collection[str], limit: int = 5
) -> list[FoundReceipt]:
    """Return the receipts of one of these numbers, newest first: each till has its own, so several may be.

    The tills are named so that the unique key (till, reference) answers: one probe per till.
    """
    rows = (
        Sale.objects.filter(merchant_id=merchant.id, till_id__in=list(till_ids), reference__in=list(references))
        .defer("outcome")
        .order_by("-occurred_at", "-id")[:limit]
    )
    return [
        FoundReceipt(row.id, row.reference, row.till_id, row.occurred_at, row.total_amount, row.status) for row in rows
    ]


def receipt_detail(*, merchant: MerchantFacts, sale_id: UUID) -> ReceiptDetail:
    """Return the whole receipt as it is now. Raises Missing('sale_not_found'). At most four statements."""
    row = Sale.objects.filter(merchant_id=merchant.id, id=sale_id).first()
    if row is None:
        raise Missing("sale_not_found")
    returns = _returns_of(merchant, row)
    refunds = [one.refund for one in returns]
    return ReceiptDetail(
        id=row.id,
        reference=row.reference,
        status=row.status,
        source=row.source,
        till_id=row.till_id,
        outlet_id=row.outlet_id,
        cashier=row.cashier,
        member_id=row.member_id,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        claimed_at=row.claimed_at,
        subtotal_amount=row.subtotal_amount,
        discount_amount=row.discount_amount,
        total_amount=row.total_amount,
        payable_amount=row.payable_amount,
        refunded_amount=row.refunded_amount,
        points_earned=row.points_earned,
        points_reversed=sum(refund.points_reversed for refund in refunds),
        points_redeemed=row.points_redeemed,
        points_returned=row.points_returned,
        wallet_redeemed_amount=row.wallet_redeemed_amount,
        gift_card_redeemed_amount=row.gift_card_redeemed_amount,
        points_value_amount=row.points_value_amount,
        bill=Bill(
            row.tax_amount,
            row.service_amount,
            row.tip_amount,
            row.rounding_amount,
            prices_include_tax=row.prices_include_tax,
            prices_include_service=row.prices_include_service,
        ),
        cashback_earned_amount=row.cashback_earned_amount,
        outcome=Outcome.from_json(row.outcome) if row.outcome else None,
        lines=tuple(line_facts(line) for line in lines_of(merchant=merchant, sale_id=row.id)),
        returns=returns,
        warnings=(*warnings_in_force(row), *losses_of(refunds)),
        exchanged_amount=row.exchanged_amount,
        exchanged=_exchanged_in(merchant, row),
    )


def _exchanged_in(merchant: MerchantFacts, row: Sale) -> tuple[ExchangedGoods, ...]:
    """What was handed back in this receipt, by name; no statement where nothing was."""
    if row.exchanged_amount is None:
        return ()
    found = exchanged_returns(merchant=merchant, sale_id=row.id)
    sold = SaleLine.objects.filter(merchant_id=merchant.id, sale_id__in=[one.sale_id for one in found])
    names = {(sale_id, line_id): name for sale_id, line_id, name in sold.values_list("sale_id", "line_id", "name")}
    return tuple(
        ExchangedGoods(one, tuple((names[one.sale_id, line.line_id], line.quantity) for line in one.refund.lines))
        for one in found
    )


def _returns_of(merchant: MerchantFacts, row: Sale) -> tuple[ReturnDetail, ...]:
    if row.status == "completed":
        return ()
    rows = list(Refund.objects.filter(merchant_id=merchant.id, sale_id=row.id).order_by("received_at", "id"))
    facts = refund_facts(merchant=merchant, rows=rows)
    exchanges = [row.exchange_sale_id for row in rows if row.exchange_sale_id is not None]
    numbers = receipt_references(merchant=merchant, sale_ids=exchanges) if exchanges else {}
    return tuple(
        ReturnDetail(
            one,
            kind=row.kind,
            reason=row.reason,
            exchanged_in=numbers[row.exchange_sale_id] if row.exchange_sale_id is not None else "",
        )
        for one, row in zip(facts, rows, strict=True)
    )
