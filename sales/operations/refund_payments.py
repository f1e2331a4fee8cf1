"""What a return moves in the ledger: what the goods had earned is taken back, what had paid for them given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from ledger.facts import EntryKind, Unit
from ledger.operations import LockedAccount, lock_account, lock_accounts, open_account, return_spent, take_back
from members.facts import MemberFacts
from rewards.gift_cards.operations import reopen_cancelled
from sales.facts import GiftCardPayment, SaleTransfers
from sales.operations.refund_in_progress import NOTHING_UNTAKEN, RefundInProgress, Untaken


def reopen_gift_cards(back: RefundInProgress) -> None:
    """Lock the gift cards that money comes back to, before any account; one cancelled meanwhile is blocked instead."""
    if back.shares.gift_card_amount:
        reopen_cancelled(merchant=back.merchant, card_ids={paid.card_id for paid in _gift_card_payments(back)})


def refund_payments(back: RefundInProgress) -> None:
    """Take back what the goods had earned, then give back what had paid for them.

    The sale's gift cards were locked by `reopen_gift_cards`.
    """
    if back.member is not None:
        _move_points(back, back.member)
    wallets = _lock_wallets(back)
    if back.member is not None and back.member.id in wallets:
        _move_wallet(back, wallets[back.member.id])
    _refund_gift_cards(back, wallets)


def _move_points(back: RefundInProgress, member: MemberFacts) -> None:
    points = lock_account(
        merchant=back.merchant,
        owner_id=member.id,
        unit=Unit.POINTS,
        business_date=back.today,
        at=back.received_at,
    )
    moved = SaleTransfers.from_json(back.sale.transfers)
    back.points_untaken = _take_earned(back, points, moved.earn, back.shares.points_reversed)
    back.points_returned = _return_payment(back, points, moved.redeem, back.shares.paid.points)
    back.points_balance = points.balance.points_balance


def _move_wallet(back: RefundInProgress, wallet: LockedAccount) -> None:
    shares, moved = back.shares, SaleTransfers.from_json(back.sale.transfers)
    back.cashback_untaken = _take_earned(back, wallet, moved.cashback, shares.cashback_reversed)
    back.wallet_returned = _return_payment(back, wallet, moved.wallet, shares.wallet_amount)


def _refund_gift_cards(back: RefundInProgress, accounts: Mapping[UUID, LockedAccount]) -> None:
    """Give the money back to the cards, the one that paid last first."""
    share = left = back.shares.gift_card_amount
    for paid in reversed(_gift_card_payments(back)):
        if left and paid.transfer_id is not None:
            left -= _return_payment(back, accounts[paid.card_id], [paid.transfer_id], left)
    back.cards_returned = share - left


def _lock_wallets(back: RefundInProgress) -> Mapping[UUID, LockedAccount]:
    """Lock the accounts of wallet money that the return touches, in the order of their ids; by owner."""
    shares, member = back.shares, back.member
    owners = {card.card_id for card in _gift_card_payments(back)} if shares.gift_card_amount else set()
    if member is not None and (shares.wallet_amount or shares.cashback_reversed):
        open_account(merchant=back.merchant, owner_id=member.id, unit=Unit.WALLET)
        owners.add(member.id)
    if not owners:
        return {}
    return lock_accounts(
        merchant=back.merchant, owner_ids=owners, unit=Unit.WALLET, business_date=back.today, at=back.received_at
    )


def _gift_card_payments(back: RefundInProgress) -> list[GiftCardPayment]:
    return [GiftCardPayment.from_json(paid) for paid in back.sale.gift_cards]


def _take_earned(back: RefundInProgress, account: LockedAccount, transfer_ids: Sequence[UUID], amount: int) -> Untaken:
    """Take back what can be taken of the earned `amount`; return what could not."""
    if not amount:
        return NOTHING_UNTAKEN
    taken = take_back(
        merchant=back.merchant,
        account=account,
        earned_transfer_ids=transfer_ids,
        amount=amount,
        kind=EntryKind(back.kind),
        policy=back.merchant.refund_policy,
        source_kind="refund",
        source_id=back.id,
        at=back.received_at,
        business_date=back.today,
        reference=back.sale.reference,
    )
    return Untaken(expired=taken.expired, lost=taken.missing)


def _return_payment(back: RefundInProgress, account: LockedAccount, transfer_ids: Sequence[UUID], amount: int) -> int:
    """Give back up to `amount` of what the transfers spent; return what was given back."""
    if not amount or not transfer_ids:
        return 0
    return return_spent(
        merchant=back.merchant,
        account=account,
        spent_transfer_ids=transfer_ids,
        amount=amount,
        kind=EntryKind(back.kind),
        source_kind="refund",
        source_id=back.id,
        grace_days=back.merchant.return_grace_days,
        at=back.received_at,
        business_date=back.today,
        reference=back.sale.reference,
        at_most=True,
    ).returned
