"""What a sale moves in the ledger: points and wallet money spent first, then what the sale earns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from ledger.facts import EntryKind, LotDraft, Posted, PostedTransfer, Posting, Unit
from ledger.operations import HoldNotOpen, LockedAccount, commit_hold, extend_lots, post, release_hold
from ledger.rules import points_expiry_day
from rewards.promotions.operations import record_promotion_funding
from sales.facts import GiftCardPayment
from sales.operations.gift_cards import GiftCardAtTill, gift_card_holds
from sales.operations.household_money import cover_from_household
from sales.operations.sale_in_progress import SaleInProgress
from sales.operations.till_debts import debt_allowed, note_debt
from sales.rules import points_expire_on


def post_points(sale: SaleInProgress) -> None:
    """Post the redemption first, then the earnings: what is earned here pays for here only if a rule says so."""
    context, outcome, quote = sale.context, sale.outcome, sale.quote
    if context.member is None or context.points is None:
        _lose_payments(sale)
        return
    if context.spends_nothing:
        sale.warn("card_not_confirmed", points=outcome.points_to_redeem, amount=outcome.wallet_to_redeem_amount)
    else:
        points_hold, wallet_hold = (quote.hold_id, quote.wallet_hold_id) if quote else (None, None)
        _redeem_balance(sale, context.points, outcome.points_to_redeem, points_hold)
        _redeem_balance(sale, context.wallet, outcome.wallet_to_redeem_amount, wallet_hold)
    post_earnings(sale)


def _lose_payments(sale: SaleInProgress) -> None:
    """Warn of points and wallet money that a paid sale asked for without a member: they are the merchant's loss."""
    for missing, loss in (
        ("points_missing", sale.outcome.points_to_redeem),
        ("wallet_missing", sale.outcome.wallet_to_redeem_amount),
    ):
        if loss:
            sale.warn(missing, debt=0, loss=loss)


def _redeem_balance(sale: SaleInProgress, account: LockedAccount | None, amount: int, hold_id: UUID | None) -> None:
    """Spend points or wallet money of the member; what a paid sale lacks becomes debt, and a warning."""
    if not amount or account is None:
        return
    cover_from_household(sale.context, account, amount, hold_id)
    may_owe = debt_allowed(sale, account, amount) if sale.is_paid else None
    posted = _spend_balance(sale, account, amount, hold_id, may_owe=may_owe)
    name, missing = ("redeem", "points_missing") if account.unit is Unit.POINTS else ("wallet", "wallet_missing")
    sale.transfers = replace(sale.transfers, **{name: tuple(posted.transfer_ids)})
    if posted.from_debt or posted.shortfall:
        sale.warn(missing, debt=posted.from_debt, loss=posted.shortfall)
        note_debt(sale, account.unit, posted)
        is_day_full = may_owe is not None and may_owe < sale.merchant.max_debt_points and not sale.withholds_member
        if posted.shortfall and is_day_full:
            sale.warn("till_debt_limit_reached", limit=sale.merchant.till_debt_limit_amount)


def _spend_balance(
    sale: SaleInProgress, account: LockedAccount, amount: int, hold_id: UUID | None, *, may_owe: int | None
) -> Posted:
    """Spend from the quote's own hold while it is open; else from the lots, into debt up to `may_owe` (None: none)."""
    if hold_id is not None and hold_id in account.open_hold_ids:
        if account.held_by(hold_id) != amount:
            release_hold(merchant=sale.merchant, account=account, hold_id=hold_id)
        elif (committed := _commit_hold(sale, account, hold_id)) is not None:
            return Posted((committed,))
    spending = Posting(
        kind=EntryKind.REDEEM,
        unit=account.unit,
        change=-amount,
        source_kind="sale",
        source_id=sale.id,
        reference=sale.reference,
    )
    return post(
        merchant=sale.merchant,
        account=account,
        postings=[spending],
        at=sale.received_at,
        business_date=account.business_date,
        allow_debt_up_to=may_owe,
    )


def _commit_hold(sale: SaleInProgress, account: LockedAccount, hold_id: UUID) -> PostedTransfer | None:
    """Spend what the quote holds. None: the hold lapsed, and the money is taken from the lots like anyone's."""
    try:
        return commit_hold(
            merchant=sale.merchant,
            account=account,
            hold_id=hold_id,
            source_kind="sale",
            source_id=sale.id,
            reference=sale.reference,
            at=sale.received_at,
            business_date=account.business_date,
        )
    except HoldNotOpen:
        return None


# --- gift cards --------------------------------------------------------------------------------------------------


def post_gift_cards(sale: SaleInProgress) -> None:
    """Take the cards' payment in the order shown. A card owes nothing: what a paid sale lacks is lost."""
    held = {hold.code_hash: hold for hold in gift_card_holds(sale.quote)}
    left, lost = sale.outcome.gift_card_to_redeem_amount, 0
    for card in sale.context.gift_cards:
        hold = held.get(card.shown.code_hash)
        part = min(left, hold.amount if hold else card.available)
        left -= part
        lost += part - _charge_gift_card(sale, card, part, hold.hold_id if hold else None)
    if lost:
        sale.warn("gift_card_missing", loss=lost)


def _charge_gift_card(sale: SaleInProgress, card: GiftCardAtTill, part: int, hold_id: UUID | None) -> int:
    """Take `part` from the card, keep the use for the sale's row, and return the amount that was taken."""
    taken, transfer_id = 0, None
    if not part and hold_id and card.account is not None:
        release_hold(merchant=sale.merchant, account=card.account, hold_id=hold_id)
    if part and card.account is not None:
        posted = _spend_balance(sale, card.account, part, hold_id, may_owe=0 if sale.is_paid else None)
        taken = -sum(t.change for t in posted.transfers)
        transfer_id = posted.transfer_ids[0] if posted.transfer_ids else None
    assert card.shown.card_id is not None  # an unknown card was refused before
    sale.gift_card_payments.append(
        GiftCardPayment(
            card_id=card.shown.card_id,
            code_masked=card.shown.code_masked,
            used_amount=taken,
            balance_left_amount=card.balance.available,
            transfer_id=transfer_id,
        )
    )
    return taken


# --- earnings ----------------------------------------------------------------------------------------------------


def post_earnings(sale: SaleInProgress) -> None:
    """Post the points and the cashback that the outcome earns."""
    extend_points(sale)
    sale.points_earned = sale.outcome.points_to_earn
    _post_credits(sale, "earn", sale.context.points, _points_postings(sale))
    _post_credits(sale, "cashback", sale.context.wallet, _cashback_postings(sale))


def extend_points(sale: SaleInProgress) -> None:
    """Move the last day of what follows purchases, by the day of this one; a sale of nothing is no purchase.

    A return does not move it back: the member was there.
    """
    context, rule = sale.context, sale.merchant.expiry_rule
    if not rule.follows_purchases or sale.outcome.total_amount <= 0:
        return
    until = points_expiry_day(context.sale_time.business_date, rule)
    accounts = [account for account in (context.points, context.wallet) if account is not None]
    extend_lots(
        merchant=sale.merchant,
        extended=[(account, until) for account in accounts],
        source_kind="sale",
        source_id=sale.id,
        at=sale.received_at,
    )


def _post_credits(sale: SaleInProgress, name: str, account: LockedAccount | None, postings: list[Posting]) -> None:
    if account is None or not postings:
        return
    posted = post(
        merchant=sale.merchant,
        account=account,
        postings=postings,
        at=sale.received_at,
        business_date=account.business_date,
    )
    sale.transfers = replace(sale.transfers, **{name: tuple(posted.transfer_ids)})


def _points_postings(sale: SaleInProgress) -> list[Posting]:
    """Return one posting per waiting time; the outcome's own total is posted, whatever the rules' shares."""
    by_days: dict[int, int] = {}
    for earned in sale.outcome.earned:
        by_days[earned.after_days] = by_days.get(earned.after_days, 0) + earned.points
    return [
        _credit_posting(sale, EntryKind.EARN, points, after_days=days)
        for days, points in sorted(by_days.items())
        if points > 0
    ]


def _cashback_postings(sale: SaleInProgress) -> list[Posting]:
    return [
        _credit_posting(sale, EntryKind.CASHBACK, cashback.amount, after_days=cashback.after_days)
        for cashback in sale.outcome.cashback
        if cashback.amount
    ]


def _credit_posting(sale: SaleInProgress, kind: EntryKind, amount: int, *, after_days: int) -> Posting:
    """Return the posting of `amount`: cashback goes to the wallet, anything else to the points."""
    unit = Unit.WALLET if kind is EntryKind.CASHBACK else Unit.POINTS
    merchant, context = sale.merchant, sale.context
    earned_on = context.sale_time.business_date
    waits = max(after_days, merchant.pending_days if unit is Unit.POINTS else 0)
    available_on = earned_on + timedelta(days=waits)
    expires_on = points_expire_on(
        earned_on=earned_on,
        received_on=context.points.business_date if context.points else earned_on,
        rule=merchant.expiry_rule,
        available_on=available_on,
    )
    return Posting(
        kind=kind,
        unit=unit,
        change=amount,
        source_kind="sale",
        source_id=sale.id,
        reference=sale.reference,
        lot=LotDraft(
            amount=amount,
            available_on=available_on,
            expires_on=expires_on,
            earned_at=context.sale_time.at,
            follows_purchases=merchant.expiry_rule.follows_purchases,
        ),
    )


# --- partners ----------------------------------------------------------------------------------------------------


def record_partner_funding(sale: SaleInProgress) -> None:
    """Record what partners pay of the sale, by the versions it was priced with: its quote's where one is paid."""
    context, quote = sale.context, sale.quote
    record_promotion_funding(
        merchant=context.merchant,
        sale_id=sale.id,
        outcome=sale.outcome,
        definitions=None if quote else context.promotions,
        priced_at=quote.created_at if quote else context.sale_time.priced_at,
        at=sale.received_at,
        business_date=context.sale_time.business_date,
    )
