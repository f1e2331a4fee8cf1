"""What a sale moves in the ledger: points and wallet money spent first, then what the sale earns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ledger.facts import EntryKind, LotDraft, Posted, Posting, Unit
from ledger.operations import HoldNotOpen, LockedAccount, commit_hold, post, release_hold
from rewards.engine.facts import Outcome
from rewards.promotions.operations import record_promotion_funding
from sales.facts import SaleDraft, SaleWarning
from sales.models import Quote
from sales.operations.pricing import PricingContext
from sales.rules import points_expire_on


@dataclass(frozen=True)
class Priced:
    """A situation with its outcome, what went wrong on the way, and the reserved quote that was paid, if any."""

    context: PricingContext
    outcome: Outcome
    quote: Quote | None
    warnings: tuple[SaleWarning, ...]

    @property
    def is_paid(self) -> bool:
        return self.quote is not None


@dataclass(frozen=True)
class LedgerPostings:
    """What the ledger did for a sale: transfers by what they were for, and points that nobody owes any more."""

    earned: int
    transfers: dict[str, list[str]]
    warnings: tuple[SaleWarning, ...] = ()


def post_points(priced: Priced, draft: SaleDraft, *, sale_id: UUID, received_at: datetime) -> LedgerPostings:
    """Redemption first, then earnings, so that what is earned here never pays for here (unless the rule says so)."""
    context, outcome = priced.context, priced.outcome
    if context.member is None or context.points is None:
        return LedgerPostings(earned=0, transfers={})
    spent: list[tuple[str, Posted]] = []
    transfers: dict[str, list[str]] = {}
    spending = (
        ("redeem", context.points, outcome.points_to_redeem, priced.quote.hold_id if priced.quote else None),
        (
            "wallet",
            context.wallet,
            outcome.wallet_to_redeem_amount,
            priced.quote.wallet_hold_id if priced.quote else None,
        ),
    )
    for name, account, amount, hold_id in spending:
        if amount and account is not None:
            posted = _spend(
                priced,
                account,
                amount,
                hold_id,
                draft,
                sale_id=sale_id,
                received_at=received_at,
                may_owe=priced.context.merchant.max_debt_points,
            )
            spent.append((name, posted))
            transfers[name] = [str(t) for t in posted.transfer_ids]
    transfers |= post_earnings(context, outcome, reference=draft.reference, sale_id=sale_id, received_at=received_at)
    short = [
        SaleWarning(f"{'points' if name == 'redeem' else 'wallet'}_missing", {"debt": p.from_debt, "loss": p.shortfall})
        for name, p in spent
        if p.from_debt or p.shortfall
    ]
    return LedgerPostings(earned=outcome.points_to_earn, transfers=transfers, warnings=tuple(short))


def _spend(
    priced: Priced,
    account: LockedAccount,
    amount: int,
    hold_id: UUID | None,
    draft: SaleDraft,
    *,
    sale_id: UUID,
    received_at: datetime,
    may_owe: int,
) -> Posted:
    """From the quote's own hold where it stands; else from the lots, and for a paid sale into debt up to `may_owe`."""
    merchant = priced.context.merchant
    if hold_id is not None and hold_id in account.open_hold_ids and account.held_by(hold_id) != amount:
        release_hold(merchant=merchant, account=account, hold_id=hold_id)
    elif hold_id is not None and hold_id in account.open_hold_ids:
        try:
            done = commit_hold(
                merchant=merchant,
                account=account,
                hold_id=hold_id,
                source_kind="sale",
                source_id=sale_id,
                reference=draft.reference,
                at=received_at,
                business_date=account.business_date,
            )
            return Posted((done,))
        except HoldNotOpen:
            pass  # it lapsed: the money is taken from the lots like anybody's
    return post(
        merchant=merchant,
        account=account,
        postings=[
            Posting(
                kind=EntryKind.REDEEM,
                unit=account.unit,
                change=-amount,
                source_kind="sale",
                source_id=sale_id,
                reference=draft.reference,
            )
        ],
        at=received_at,
        business_date=account.business_date,
        allow_debt_up_to=may_owe if priced.is_paid else None,
    )


@dataclass(frozen=True)
class CardPostings:
    """What each gift card paid, as the sale keeps it (`Sale.gift_cards`)."""

    uses: list[dict[str, Any]]
    warnings: tuple[SaleWarning, ...] = ()


def move_gift_cards(priced: Priced, draft: SaleDraft, *, sale_id: UUID, received_at: datetime) -> CardPostings:
    """Takes the cards' payment in the order shown. A card owes nothing: what a paid sale lacks is lost."""
    held = {row["code_hash"]: row for row in priced.quote.gift_cards} if priced.quote else {}
    left, lost, uses = priced.outcome.gift_card_to_redeem_amount, 0, []
    for card in priced.context.gift_cards:
        row = held.get(card.shown.code_hash)
        part = min(left, row["amount"] if row else card.available)
        left -= part
        taken, transfer_id = 0, None
        hold_id = UUID(row["hold_id"]) if row and row["hold_id"] else None
        if not part and hold_id and card.account is not None:
            release_hold(merchant=priced.context.merchant, account=card.account, hold_id=hold_id)
        if part and card.account is not None:
            posted = _spend(
                priced, card.account, part, hold_id, draft, sale_id=sale_id, received_at=received_at, may_owe=0
            )
            taken = -sum(t.change for t in posted.transfers)
            transfer_id = str(posted.transfer_ids[0]) if posted.transfer_ids else None
        lost += part - taken
        uses.append(
            {
                "card_id": str(card.shown.card_id),
                "code_masked": card.shown.code_masked,
                "used_amount": taken,
                "balance_left_amount": card.balance.available,
                "transfer_id": transfer_id,
            }
        )
    return CardPostings(uses, (SaleWarning("gift_card_missing", {"loss": lost}),) if lost else ())


def post_earnings(
    context: PricingContext, outcome: Outcome, *, reference: str, sale_id: UUID, received_at: datetime
) -> dict[str, list[str]]:
    """Posts the points and cashback that the outcome earns; transfer ids by what they were for."""
    transfers: dict[str, list[str]] = {}
    if context.points is not None:
        postings = _earn_postings(context, outcome, reference=reference, sale_id=sale_id)
        if postings:
            posted = post(
                merchant=context.merchant,
                account=context.points,
                postings=postings,
                at=received_at,
                business_date=context.points.business_date,
            )
            transfers["earn"] = [str(t) for t in posted.transfer_ids]
    cashback = [
        _credit(context, EntryKind.CASHBACK, c.amount, after_days=c.after_days, reference=reference, sale_id=sale_id)
        for c in outcome.cashback
        if c.amount
    ]
    if cashback and context.wallet is not None:
        posted = post(
            merchant=context.merchant,
            account=context.wallet,
            postings=cashback,
            at=received_at,
            business_date=context.wallet.business_date,
        )
        transfers["cashback"] = [str(t) for t in posted.transfer_ids]
    return transfers


def _earn_postings(context: PricingContext, outcome: Outcome, *, reference: str, sale_id: UUID) -> list[Posting]:
    """One posting per waiting time; the outcome's own total is what is posted, whatever the rules' shares."""
    by_days: dict[int, int] = {}
    for earned in outcome.earned:
        by_days[earned.after_days] = by_days.get(earned.after_days, 0) + earned.points
    return [
        _credit(context, EntryKind.EARN, points, after_days=days, reference=reference, sale_id=sale_id)
        for days, points in sorted(by_days.items())
        if points > 0
    ]


def _credit(
    context: PricingContext, kind: EntryKind, amount: int, *, after_days: int, reference: str, sale_id: UUID
) -> Posting:
    """Cashback goes to the wallet, anything else to the points."""
    unit = Unit.WALLET if kind is EntryKind.CASHBACK else Unit.POINTS
    merchant, earned_on = context.merchant, context.sale_time.business_date
    received_on = context.points.business_date if context.points else earned_on
    waits = max(after_days, merchant.pending_days if unit is Unit.POINTS else 0)
    available_on = earned_on + timedelta(days=waits)
    return Posting(
        kind=kind,
        unit=unit,
        change=amount,
        source_kind="sale",
        source_id=sale_id,
        reference=reference,
        lot=LotDraft(
            amount=amount,
            available_on=available_on,
            expires_on=points_expire_on(
                earned_on=earned_on,
                received_on=received_on,
                valid_months=merchant.points_valid_months,
                available_on=available_on,
            ),
            earned_at=context.sale_time.at,
        ),
    )


def record_partner_funding(priced: Priced, *, sale_id: UUID, received_at: datetime) -> None:
    """What partners pay of the sale, by the versions it was priced with: those of its quote when that was paid."""
    context, quote = priced.context, priced.quote
    record_promotion_funding(
        merchant=context.merchant,
        sale_id=sale_id,
        outcome=priced.outcome,
        definitions=None if quote else context.promotions,
        priced_at=quote.created_at if quote else context.sale_time.at,
        at=received_at,
        business_date=context.sale_time.business_date,
    )
