"""One receipt: found by its number, and completed with what the till or the counter needs to know of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Max, Min, Q

from common.errors import Missing
from common.ids import uuid_or_none
from members.facts import PurchaseDates
from merchants.facts import MerchantFacts
from rewards.engine.facts import Outcome
from sales.facts import (
    ExchangedReturn,
    GiftCardHold,
    ReceiptFacts,
    RefundFacts,
    RefundLineFacts,
    SaleTransfers,
    SaleWarning,
)
from sales.models import Quote, Refund, RefundLine, Sale, SaleLine
from sales.rules import MEMBER_WITHHELD


def sale_for_receipt(*, merchant: MerchantFacts, till_id: UUID, reference: str) -> Sale:
    """Return the sale of this till's receipt number. Raises Missing('sale_not_found')."""
    row = Sale.objects.filter(merchant_id=merchant.id, till_id=till_id, reference=reference).first()
    if row is None:
        raise Missing("sale_not_found")
    return row


def sale_by_reference(*, merchant: MerchantFacts, till_id: UUID, reference: str | UUID, lock: bool = False) -> Sale:
    """Return the sale by this till's receipt number or, from any till, its id. Raises Missing('sale_not_found').

    A UUID is an id and nothing else; a text that looks like one may be the number of another receipt.
    """
    rows = Sale.objects.filter(merchant_id=merchant.id)
    if lock:
        rows = rows.select_for_update()
    row = None
    if not isinstance(reference, UUID):
        row = rows.filter(till_id=till_id, reference=reference).first()
    if row is None:
        sale_id = reference if isinstance(reference, UUID) else uuid_or_none(reference)
        row = rows.filter(id=sale_id).first() if sale_id is not None else None
    if row is None:
        raise Missing("sale_not_found")
    return row


def reserved_codes(*, merchant: MerchantFacts, till_id: UUID, quote_id: UUID) -> tuple[set[str], set[str]]:
    """Return the coupon codes and the gift cards' code hashes that this till's reserved quote was given for.

    None for a quote it never reserved.
    """
    row = Quote.objects.filter(merchant_id=merchant.id, id=quote_id, till_id=till_id).first()
    if row is None:
        return set(), set()
    codes = {coupon.code for coupon in Outcome.from_json(row.outcome).coupons}
    return codes, {GiftCardHold.from_json(held).code_hash for held in row.gift_cards}


def lines_of(*, merchant: MerchantFacts, sale_id: UUID) -> list[SaleLine]:
    return list(SaleLine.objects.filter(merchant_id=merchant.id, sale_id=sale_id).order_by("position"))


def refunds_of_sale(*, merchant: MerchantFacts, sale_id: UUID) -> list[RefundFacts]:
    """Return the refunds and the void, oldest first; two statements."""
    rows = Refund.objects.filter(merchant_id=merchant.id, sale_id=sale_id).order_by("received_at", "id")
    return refund_facts(merchant=merchant, rows=list(rows))


def returned_units(*, merchant: MerchantFacts, sale_id: UUID) -> list[dict[str, int]]:
    """Return what came back with each return of the sale so far, in the order they came: units by line id."""
    found = (
        RefundLine.objects.filter(merchant_id=merchant.id, refund__sale_id=sale_id)
        .order_by("refund_id", "id")  # ids are made under the lock of the sale
        .values_list("refund_id", "line_id", "quantity")
    )
    returns: dict[UUID, dict[str, int]] = {}
    for refund_id, line_id, quantity in found:
        units = returns.setdefault(refund_id, {})
        units[line_id] = units.get(line_id, 0) + quantity
    return list(returns.values())


def refund_facts(*, merchant: MerchantFacts, rows: Sequence[Refund]) -> list[RefundFacts]:
    lines: dict[UUID, list[RefundLineFacts]] = {row.id: [] for row in rows}
    if rows:
        found = RefundLine.objects.filter(merchant_id=merchant.id, refund_id__in=list(lines)).order_by("id")
        for line in found:
            lines[line.refund_id].append(RefundLineFacts(line.line_id, line.quantity, line.amount))
    return [
        RefundFacts(
            id=row.id,
            refund_reference=row.refund_reference,
            status="applied",
            occurred_at=row.occurred_at,
            amount=row.amount,
            goods_amount=row.goods_amount,
            points_reversed=row.points_reversed - row.points_expired - row.points_lost,
            points_returned=row.points_returned,
            wallet_returned_amount=row.wallet_returned_amount,
            gift_card_returned_amount=row.gift_card_returned_amount,
            cashback_reversed_amount=(
                row.cashback_reversed_amount - row.cashback_expired_amount - row.cashback_lost_amount
            ),
            points_expired=row.points_expired,
            points_lost=row.points_lost,
            cashback_expired_amount=row.cashback_expired_amount,
            cashback_lost_amount=row.cashback_lost_amount,
            points_balance=row.points_balance,
            exchange_sale_id=row.exchange_sale_id,
            lines=tuple(lines[row.id]),
            tax_amount=row.tax_amount,
            service_amount=row.service_amount,
            tip_amount=row.tip_amount,
            rounding_amount=row.rounding_amount,
            warnings=tuple(map(SaleWarning.from_json, row.warnings)),
        )
        for row in rows
    ]


def exchanged_returns(*, merchant: MerchantFacts, sale_id: UUID) -> tuple[ExchangedReturn, ...]:
    """Return the goods of earlier sales that were handed back in the receipt of this one; three statements."""
    rows = list(Refund.objects.filter(merchant_id=merchant.id, exchange_sale_id=sale_id).order_by("id"))
    sales = Sale.objects.filter(merchant_id=merchant.id, id__in=[row.sale_id for row in rows])
    known = {sale.id: sale for sale in sales.only("id", "reference", "member_id", "warnings", "claimed_at")}
    return tuple(
        ExchangedReturn(
            row.sale_id,
            known[row.sale_id].reference,
            known[row.sale_id].member_id,
            refund,
            withholds_member=withholds_member(known[row.sale_id]),
        )
        for row, refund in zip(rows, refund_facts(merchant=merchant, rows=rows), strict=True)
    )


def remaining_purchase_dates(*, merchant: MerchantFacts, member_id: UUID) -> PurchaseDates:
    """Return the first and the last purchase that are left, after one was fully returned."""
    standing = Sale.objects.filter(merchant_id=merchant.id, member_id=member_id, total_amount__gt=F("refunded_amount"))
    found = standing.aggregate(first=Min("occurred_at"), last=Max("occurred_at"))
    return PurchaseDates(first_at=found["first"], last_at=found["last"])


def receipts_of_member(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    until: datetime | None = None,
    after: tuple[datetime, UUID] | None = None,
    earned_nothing: bool = False,
    limit: int = 50,
) -> list[ReceiptFacts]:
    """Return the member's receipts of `until` or before, newest first; `after` is the last one seen.

    `earned_nothing`: only those without points.
    """
    rows = Sale.objects.filter(merchant_id=merchant.id, member_id=member_id)
    if until is not None:
        rows = rows.filter(occurred_at__lte=until)
    if after is not None:
        rows = rows.filter(Q(occurred_at__lt=after[0]) | Q(occurred_at=after[0], id__lt=after[1]))
    if earned_nothing:
        rows = rows.exclude(transfers__has_key="earn")
    return [_receipt_facts(row) for row in rows.defer("outcome").order_by("-occurred_at", "-id")[:limit]]


def receipts_by_id(*, merchant: MerchantFacts, sale_ids: Collection[UUID]) -> dict[UUID, ReceiptFacts]:
    rows = Sale.objects.filter(merchant_id=merchant.id, id__in=sale_ids).defer("outcome").order_by("id")
    return {row.id: _receipt_facts(row) for row in rows}


def sales_of_refunds(*, merchant: MerchantFacts, refund_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return by the id of each refund or void the id of its sale; no statement where none is asked for."""
    if not refund_ids:
        return {}
    rows = Refund.objects.filter(merchant_id=merchant.id, id__in=refund_ids).order_by("id")
    return dict(rows.values_list("id", "sale_id"))


def _receipt_facts(row: Sale) -> ReceiptFacts:
    earned = SaleTransfers.from_json(row.transfers).earn
    return ReceiptFacts(
        id=row.id,
        reference=row.reference,
        status=row.status,
        occurred_at=row.occurred_at,
        total_amount=row.total_amount,
        discount_amount=row.discount_amount,
        refunded_amount=row.refunded_amount,
        points_earned=row.points_earned,
        earn_transfer_id=earned[0] if earned else None,
        outlet_id=row.outlet_id,
    )


def withholds_member(row: Sale) -> bool:
    """Return whether no till learns if the sale has a member: too many unknown ones came before it.

    Who is given the sale afterwards, by a claim or because they join, is no secret.
    """
    return row.claimed_at is None and any(said["code"] == MEMBER_WITHHELD for said in row.warnings)


def reserved_member(*, merchant: MerchantFacts, till_id: UUID, quote_id: UUID) -> UUID | None:
    """Return for which member this till reserved the quote; None for none, and for a quote it never reserved."""
    rows = Quote.objects.filter(merchant_id=merchant.id, id=quote_id, till_id=till_id)
    return rows.values_list("member_id", flat=True).first()


def warnings_in_force(row: Sale) -> tuple[SaleWarning, ...]:
    """Return what was noticed when the sale came, but for a decision that waits no more."""
    said = map(SaleWarning.from_json, row.warnings)
    return tuple(one for one in said if one.code != "quarantined" or row.quarantine == "waiting")
