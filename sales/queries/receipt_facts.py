"""The whole receipt as the till and the counter are answered: what was sold, given, returned, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ledger.facts import Balance, Unit
from ledger.operations import LockedAccount
from ledger.queries import balance, pending_of
from members.facts import MemberFacts
from members.queries import member as member_by_id
from members.rules import birth_date_for_offers
from merchants.facts import MerchantFacts
from rewards.coupons.facts import CouponFacts, StampCardFacts
from rewards.coupons.queries import clawbacks_of, coupons_and_stamps, coupons_issued_by
from rewards.engine.facts import Definition, Outcome
from rewards.promotions.queries import birthday_benefit_open
from sales.facts import (
    GiftCardPayment,
    GiftCardUse,
    LineFacts,
    RefundFacts,
    SaleFacts,
    SaleTransfers,
    SaleWarning,
    TierCodes,
)
from sales.models import Sale, SaleLine
from sales.queries.receipts import exchanged_returns, lines_of, refunds_of_sale, warnings_in_force, withholds_member
from sales.rules import losses_of


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
    """Return the whole receipt. What the caller has at hand (lines, member, accounts, promotions) is not read again."""
    if member is None and row.member_id is not None:
        member = member_by_id(merchant=merchant, member_id=row.member_id, even_erased=True)
    if lines is None:
        lines = lines_of(merchant=merchant, sale_id=row.id)
    refunds = tuple(refunds_of_sale(merchant=merchant, sale_id=row.id)) if _has_returns(row) else ()
    receipt = _Receipt(
        merchant, row, now, merchant.day_of(now), Outcome.from_json(row.outcome), member, refunds, points, wallet
    )
    owned, stamps = receipt.member_coupons()
    points_now = receipt.balance_of_points()
    change = row.tier_change
    return SaleFacts(
        id=row.id,
        reference=row.reference,
        status=row.status,
        occurred_at=row.occurred_at,
        business_date=row.business_date,
        member=member,
        points=points_now,
        wallet=receipt.balance_of_wallet(),
        member_coupons=tuple(owned),
        member_stamps=tuple(stamps),
        outcome=receipt.outcome,
        lines=tuple(line_facts(line) for line in lines),
        payable_amount=row.payable_amount - (row.exchanged_amount or 0),
        returns=exchanged_returns(merchant=merchant, sale_id=row.id) if row.exchanged_amount is not None else (),
        points_earned=row.points_earned,
        points_redeemed=row.points_redeemed,
        cashback_earned_amount=row.cashback_earned_amount,
        cashback_pending=receipt.cashback_pending(),
        wallet_redeemed_amount=row.wallet_redeemed_amount,
        gift_card_redeemed_amount=row.gift_card_redeemed_amount,
        gift_cards=tuple(_gift_card_use(GiftCardPayment.from_json(paid)) for paid in row.gift_cards),
        points_balance=points_now.points_balance if points_now else 0,
        quarantined=row.quarantine in ("waiting", "refused"),
        tier_change=TierCodes.from_json(change) if change else None,
        coupons_issued=receipt.coupons_issued(),
        refunds=refunds,
        birthday_benefit_open=receipt.is_birthday_benefit_open(promotions),
        warnings=receipt.warnings(),
        withholds_member=withholds_member(row),
    )


@dataclass(frozen=True)
class _Receipt:
    """One receipt with what is known of it already; each method reads one part more. `today` is the business day."""

    merchant: MerchantFacts
    row: Sale
    now: datetime
    today: date
    outcome: Outcome
    member: MemberFacts | None
    refunds: Sequence[RefundFacts]
    points: LockedAccount | None
    wallet: LockedAccount | None

    def balance_of_points(self) -> Balance | None:
        if self.member is None:
            return None
        return self.points.balance if self.points else self._read_balance(self.member, Unit.POINTS)

    def balance_of_wallet(self) -> Balance | None:
        if self.member is None:
            return None
        if self.wallet is not None:
            return self.wallet.balance
        if self.points is not None and not self.points.has_wallet:
            return Balance()
        return self._read_balance(self.member, Unit.WALLET)

    def _read_balance(self, member: MemberFacts, unit: Unit) -> Balance:
        return balance(merchant=self.merchant, owner_id=member.id, unit=unit, business_date=self.today, at=self.now)

    def member_coupons(self) -> tuple[list[CouponFacts], list[StampCardFacts]]:
        """Return the coupons and stamp cards that the member has now."""
        if self.member is None:
            return [], []
        return coupons_and_stamps(merchant=self.merchant, member_id=self.member.id, at=self.now, today=self.today)

    def coupons_issued(self) -> tuple[CouponFacts, ...]:
        """Return the coupons that the sale brought; no statement where it brought none."""
        if not (self.outcome.coupons_to_issue or self.outcome.stamps):
            return ()
        return tuple(coupons_issued_by(merchant=self.merchant, sale_id=self.row.id, at=self.now, today=self.today))

    def cashback_pending(self) -> tuple[tuple[int, date], ...]:
        """Return what is left of this sale's own cashback that is not usable yet, less returns and debts."""
        transfer_ids = SaleTransfers.from_json(self.row.transfers).cashback
        days = (self.row.business_date + timedelta(days=c.after_days) for c in self.outcome.cashback)
        if not transfer_ids or max(days, default=self.today) <= self.today:
            return ()
        if self.wallet is not None:
            return self.wallet.pending_of(transfer_ids)
        return pending_of(merchant=self.merchant, transfer_ids=transfer_ids, business_date=self.today)

    def is_birthday_benefit_open(self, promotions: Sequence[Definition] | None) -> bool:
        return birthday_benefit_open(
            merchant=self.merchant,
            birth_date=birth_date_for_offers(self.member, on=self.today) if self.member else None,
            at=self.now,
            today=self.today,
            promotions=promotions,
        )

    def warnings(self) -> tuple[SaleWarning, ...]:
        """Return the warnings of the sale, then those of its returns."""
        return (
            *warnings_in_force(self.row),
            *self._lost_coupons(),
            *losses_of(self.refunds),
        )

    def _lost_coupons(self) -> list[SaleWarning]:
        """Return a warning for each coupon that the sale had brought and that was used before the goods came back."""
        if not _has_returns(self.row) or not (self.outcome.coupons_to_issue or self.outcome.stamps):
            return []
        lost = [found for found in clawbacks_of(merchant=self.merchant, sale_id=self.row.id) if found.failed]
        return [SaleWarning("clawback_failed", {"amount": found.value_amount}) for found in lost]


def _has_returns(row: Sale) -> bool:
    return row.status != "completed"


def _gift_card_use(paid: GiftCardPayment) -> GiftCardUse:
    """Return what a card of a recorded sale paid, as the till was answered then."""
    status = "used" if paid.used_amount else "not_needed"
    return GiftCardUse(paid.code_masked, status, paid.used_amount, paid.balance_left_amount)


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
        measure=line.measure,
        tax_amount=line.tax_amount,
        service_amount=line.service_amount,
    )
