"""What a return moves in the ledger: what the goods had earned is taken back, what had paid for them given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ledger.facts import EntryKind, Unit
from ledger.operations import LockedAccount, lock_account, lock_accounts, open_account, return_spent, take_back
from members.facts import MemberFacts
from merchants.facts import MerchantFacts
from rewards.engine.returns import Paid, ReturnedLine
from rewards.gift_cards.operations import reopen_cancelled
from sales.models import Sale, SaleLine


@dataclass(frozen=True, slots=True)
class Untaken:
    """What of a claim the member did not give: it had expired unused, or it is the merchant's loss."""

    expired: int = 0
    lost: int = 0


NOTHING_UNTAKEN: Final = Untaken()


@dataclass(frozen=True)
class Return:
    """What comes back now: the lines, the shares they carry and what the ledger has to move.

    `points_reversed`, `cashback_reversed` is what the goods no longer earn, `…_untaken` the part that the ledger could
    not take.
    `points_returned`, `wallet_returned`, `cards_returned` are what the ledger gave back: the share, or less where a
    paid sale took less.
    `spends` is what the promotions' budgets still stand at, `kept_points` what they still give, by promotion id.
    """

    lines: Sequence[tuple[SaleLine, ReturnedLine]]
    paid: Paid
    points_reversed: int
    cashback_reversed: int
    spends: Mapping[str, int]
    kept_points: Mapping[str, int]
    points_untaken: Untaken = NOTHING_UNTAKEN
    cashback_untaken: Untaken = NOTHING_UNTAKEN
    points_returned: int = 0
    wallet_returned: int = 0
    cards_returned: int = 0

    @property
    def goods(self) -> int:
        return self.paid.goods_amount

    @property
    def points_share(self) -> int:
        return self.paid.points

    @property
    def wallet_share(self) -> int:
        return self.paid.wallet_amount

    @property
    def cards_share(self) -> int:
        return self.paid.gift_card_amount

    @property
    def money(self) -> int:
        return self.paid.money_amount


def reopen_cards(merchant: MerchantFacts, sale: Sale, back: Return) -> None:
    """Locks the gift cards that money comes back to, before any account; one cancelled meanwhile is blocked instead."""
    if back.cards_share:
        reopen_cancelled(merchant=merchant, card_ids={UUID(use["card_id"]) for use in sale.gift_cards})


def refund_payments(
    merchant: MerchantFacts,
    sale: Sale,
    member: MemberFacts | None,
    back: Return,
    *,
    kind: str,
    refund_id: UUID,
    today: date,
    at: datetime,
) -> tuple[int, Return]:
    """Takes back what the goods had earned, then gives back what had paid for them: (points balance, what was).

    The sale's gift cards were locked by `reopen_cards`.
    """

    def mover(account: LockedAccount) -> _Mover:
        return _Mover(merchant, sale, account, EntryKind(kind), refund_id, at, today)

    balance = 0
    if member is not None:
        points = lock_account(merchant=merchant, owner_id=member.id, unit=Unit.POINTS, business_date=today, at=at)
        untaken = mover(points).take(_ids(sale, "earn"), back.points_reversed)
        returned = mover(points).give(_ids(sale, "redeem"), back.points_share)
        back = replace(back, points_untaken=untaken, points_returned=returned)
        balance = points.balance.points_balance
    accounts = _wallets(merchant, sale, member, back, today=today, at=at)
    if member is not None and member.id in accounts:
        wallet = mover(accounts[member.id])
        untaken = wallet.take(_ids(sale, "cashback"), back.cashback_reversed)
        returned = wallet.give(_ids(sale, "wallet"), back.wallet_share)
        back = replace(back, cashback_untaken=untaken, wallet_returned=returned)
    left = back.cards_share
    for use in reversed(sale.gift_cards):
        if left and use["transfer_id"]:
            left -= mover(accounts[UUID(use["card_id"])]).give([UUID(use["transfer_id"])], left)
    return balance, replace(back, cards_returned=back.cards_share - left)


def _wallets(
    merchant: MerchantFacts, sale: Sale, member: MemberFacts | None, back: Return, *, today: date, at: datetime
) -> Mapping[UUID, LockedAccount]:
    """The accounts of wallet money that the return touches, by owner, locked in the order of their ids."""
    owners = {UUID(use["card_id"]) for use in sale.gift_cards} if back.cards_share else set()
    if member is not None and (back.wallet_share or back.cashback_reversed):
        open_account(merchant=merchant, owner_id=member.id, unit=Unit.WALLET)
        owners.add(member.id)
    if not owners:
        return {}
    return lock_accounts(merchant=merchant, owner_ids=owners, unit=Unit.WALLET, business_date=today, at=at)


def _ids(sale: Sale, name: str) -> list[UUID]:
    return [UUID(text) for text in sale.transfers.get(name, ())]


@dataclass(frozen=True)
class _Mover:
    merchant: MerchantFacts
    sale: Sale
    account: LockedAccount
    kind: EntryKind
    refund_id: UUID
    at: datetime
    today: date

    def take(self, transfer_ids: Sequence[UUID], amount: int) -> Untaken:
        """Takes what can be taken; returns what could not."""
        if not amount:
            return NOTHING_UNTAKEN
        taken = take_back(
            merchant=self.merchant,
            account=self.account,
            earned_transfer_ids=transfer_ids,
            amount=amount,
            kind=self.kind,
            policy=self.merchant.refund_policy,
            source_kind="refund",
            source_id=self.refund_id,
            at=self.at,
            business_date=self.today,
            reference=self.sale.reference,
        )
        return Untaken(expired=taken.expired, lost=taken.missing)

    def give(self, transfer_ids: Sequence[UUID], amount: int) -> int:
        if not amount or not transfer_ids:
            return 0
        return return_spent(
            merchant=self.merchant,
            account=self.account,
            spent_transfer_ids=transfer_ids,
            amount=amount,
            kind=self.kind,
            source_kind="refund",
            source_id=self.refund_id,
            grace_days=self.merchant.return_grace_days,
            at=self.at,
            business_date=self.today,
            reference=self.sale.reference,
            at_most=True,
        ).returned
