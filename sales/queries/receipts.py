"""One receipt: found, and told with everything the till or the counter wants to know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Max, Min

from common.errors import Missing
from common.ids import uuid_or_none
from ledger.facts import Balance, Unit
from ledger.operations import LockedAccount
from ledger.queries import balance, pending_of
from members.facts import MemberFacts, PurchaseDates
from members.queries import member as member_by_id
from merchants.facts import MerchantFacts
from rewards.coupons.queries import clawbacks_of, coupons_and_stamps, coupons_issued_by
from rewards.engine.facts import Definition, Outcome
from rewards.promotions.queries import birthday_benefit_open
from sales.facts import GiftCardUse, LineFacts, ReceiptFacts, RefundFacts, RefundLineFacts, SaleFacts, SaleWarning
from sales.models import Quote, Refund, RefundLine, Sale, SaleLine
from sales.rules import losses_of


def sale_for_receipt(*, merchant: MerchantFacts, till_id: UUID, reference: str) -> Sale:
    """The sale of this till's receipt number. Raises Missing('sale_not_found')."""
    row = Sale.objects.filter(merchant_id=merchant.id, till_id=till_id, reference=reference).first()
    if row is None:
        raise Missing("sale_not_found")
    return row


def sale_by_reference(*, merchant: MerchantFacts, till_id: UUID, reference: str, lock: bool = False) -> Sale:
    """By this till's receipt number or, from any till, the sale's id. Raises Missing('sale_not_found')."""
    rows = Sale.objects.filter(merchant_id=merchant.id)
    if lock:
        rows = rows.select_for_update()
    row = rows.filter(till_id=till_id, reference=reference).first()
    if row is None:
        sale_id = uuid_or_none(reference)
        row = rows.filter(id=sale_id).first() if sale_id is not None else None
    if row is None:
        raise Missing("sale_not_found")
    return row


def reserved_codes(*, merchant: MerchantFacts, till_id: UUID, quote_id: UUID) -> tuple[set[str], set[str]]:
    """The coupon codes and the gift cards' code hashes that this till's reserved quote was given for.

    None for a quote it never reserved.
    """
    row = Quote.objects.filter(merchant_id=merchant.id, id=quote_id, till_id=till_id).first()
    if row is None:
        return set(), set()
    codes = {coupon.code for coupon in Outcome.from_json(row.outcome).coupons}
    return codes, {card["code_hash"] for card in row.gift_cards}


def lines_of(*, merchant: MerchantFacts, sale_id: UUID) -> list[SaleLine]:
    return list(SaleLine.objects.filter(merchant_id=merchant.id, sale_id=sale_id).order_by("position"))


def refunds_of_sale(*, merchant: MerchantFacts, sale_id: UUID) -> list[RefundFacts]:
    """Refunds and the void, oldest first; two statements."""
    rows = Refund.objects.filter(merchant_id=merchant.id, sale_id=sale_id).order_by("received_at", "id")
    return refund_facts(merchant=merchant, rows=list(rows))


def returned_units(*, merchant: MerchantFacts, sale_id: UUID) -> list[dict[str, int]]:
    """What came back with each return of the sale so far, in the order they came: units by line id."""
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
            lines=tuple(lines[row.id]),
        )
        for row in rows
    ]


def remaining_purchase_dates(*, merchant: MerchantFacts, member_id: UUID) -> PurchaseDates:
    """First and last purchase that still stand, after one was fully returned."""
    standing = Sale.objects.filter(merchant_id=merchant.id, member_id=member_id, total_amount__gt=F("refunded_amount"))
    found = standing.aggregate(first=Min("occurred_at"), last=Max("occurred_at"))
    return PurchaseDates(first_at=found["first"], last_at=found["last"])


def receipts_of_member(
    *, merchant: MerchantFacts, member_id: UUID, before: datetime | None = None, limit: int = 50
) -> list[ReceiptFacts]:
    """The member's receipts, newest first."""
    rows = Sale.objects.filter(merchant_id=merchant.id, member_id=member_id)
    if before is not None:
        rows = rows.filter(occurred_at__lt=before)
    return [
        ReceiptFacts(
            id=row.id,
            reference=row.reference,
            status=row.status,
            occurred_at=row.occurred_at,
            total_amount=row.total_amount,
            discount_amount=row.discount_amount,
            refunded_amount=row.refunded_amount,
            points_earned=row.points_earned,
        )
        for row in rows.defer("outcome").order_by("-occurred_at", "-id")[:limit]
    ]


def sale_facts(
    *,
    merchant: MerchantFacts,
    row: Sale,
    now: datetime,
    lines: Sequence[SaleLine] | None = None,
    member: MemberFacts | None = None,
    points: LockedAccount | None = None,
    wallet: LockedAccount | None = None,
    promotions: Sequence[Definition] | None = None,
) -> SaleFacts:
    """The whole receipt. What the caller has at hand (lines, member, accounts, promotions) is not read again."""
    outcome = Outcome.from_json(row.outcome)
    today = merchant.day_of(now)
    if member is None and row.member_id is not None:
        member = member_by_id(merchant=merchant, member_id=row.member_id)
    if lines is None:
        lines = lines_of(merchant=merchant, sale_id=row.id)
    balances: dict[Unit, Balance | None] = {Unit.POINTS: None, Unit.WALLET: None}
    if member is not None:
        no_wallet = points is not None and not points.has_wallet
        for unit, account in ((Unit.POINTS, points), (Unit.WALLET, wallet)):
            if account is not None:
                balances[unit] = account.balance
            elif unit is Unit.WALLET and no_wallet:
                balances[unit] = Balance()
            else:
                balances[unit] = balance(merchant=merchant, owner_id=member.id, unit=unit, business_date=today, at=now)
    owned, stamps = (
        coupons_and_stamps(merchant=merchant, member_id=member.id, at=now, today=today) if member else ([], [])
    )
    points_now = balances[Unit.POINTS]
    change = row.tier_change
    refunds = tuple(refunds_of_sale(merchant=merchant, sale_id=row.id)) if _has_returns(row) else ()
    return SaleFacts(
        id=row.id,
        reference=row.reference,
        status=row.status,
        occurred_at=row.occurred_at,
        business_date=row.business_date,
        member=member,
        points=points_now,
        wallet=balances[Unit.WALLET],
        member_coupons=tuple(owned),
        member_stamps=tuple(stamps),
        outcome=outcome,
        lines=tuple(line_facts(line) for line in lines),
        payable_amount=row.payable_amount,
        points_earned=row.points_earned,
        points_redeemed=row.points_redeemed,
        cashback_earned_amount=row.cashback_earned_amount,
        cashback_pending=_cashback_pending(merchant, row, outcome, wallet, today=today),
        wallet_redeemed_amount=row.wallet_redeemed_amount,
        gift_card_redeemed_amount=row.gift_card_redeemed_amount,
        gift_cards=tuple(_gift_card_use(use) for use in row.gift_cards),
        points_balance=points_now.points_balance if points_now else 0,
        quarantined=False,
        tier_change=(change["from"], change["to"]) if change else None,
        coupons_issued=(
            tuple(coupons_issued_by(merchant=merchant, sale_id=row.id, at=now, today=today))
            if outcome.coupons_to_issue or outcome.stamps
            else ()
        ),
        refunds=refunds,
        birthday_benefit_open=birthday_benefit_open(
            merchant=merchant,
            birth_date=member.birth_date if member else None,
            at=now,
            today=today,
            promotions=promotions,
        ),
        warnings=(
            *(SaleWarning(w["code"], w["facts"]) for w in row.warnings),
            *(_lost_gifts(merchant, row, outcome) if _has_returns(row) else ()),
            *losses_of(refunds),
        ),
    )


def _gift_card_use(row: Mapping[str, Any]) -> GiftCardUse:
    """What a card of a recorded sale paid, as it was told then."""
    status = "used" if row["used_amount"] else "not_needed"
    return GiftCardUse(row["code_masked"], status, row["used_amount"], row["balance_left_amount"])


def _cashback_pending(
    merchant: MerchantFacts, row: Sale, outcome: Outcome, wallet: LockedAccount | None, *, today: date
) -> tuple[tuple[int, date], ...]:
    """What is left of this sale's own cashback that is not usable yet: returns and debts have taken their part."""
    transfer_ids = [UUID(text) for text in row.transfers.get("cashback", ())]
    last_day = max((row.business_date + timedelta(days=c.after_days) for c in outcome.cashback), default=today)
    if not transfer_ids or last_day <= today:
        return ()
    if wallet is not None:
        return wallet.pending_of(transfer_ids)
    return pending_of(merchant=merchant, transfer_ids=transfer_ids, business_date=today)


def _lost_gifts(merchant: MerchantFacts, row: Sale, outcome: Outcome) -> list[SaleWarning]:
    """Coupons that the sale had brought and that were used before it came back."""
    if not (outcome.coupons_to_issue or outcome.stamps):
        return []
    lost = [found for found in clawbacks_of(merchant=merchant, sale_id=row.id) if found.failed]
    return [SaleWarning("clawback_failed", {"amount": found.value_amount}) for found in lost]


def _has_returns(row: Sale) -> bool:
    return row.status != "completed"


def line_facts(line: SaleLine) -> LineFacts:
    return LineFacts(
        line_id=line.line_id,
        sku=line.sku,
        name=line.name,
        category=line.category or None,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        subtotal_amount=line.subtotal_amount,
        discount_amount=line.discount_amount,
        total_amount=line.total_amount,
        returned_quantity=line.returned_quantity,
    )
