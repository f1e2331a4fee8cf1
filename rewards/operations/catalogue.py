"""The reward catalogue: points exchanged at the till, held then confirmed, reversed to the same lots."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F, Sum

from common.errors import Missing, Refusal
from common.ids import new_id
from ledger.facts import EntryKind, Posting, Unit
from ledger.operations import LockedAccount, commit_hold, lock_account, place_hold, post, release_hold, return_spent
from members.operations import lock_member
from merchants.facts import MerchantFacts
from rewards.facts.coupons import RedemptionFacts
from rewards.models import Coupon, Redemption, Reward
from rewards.operations.coupons import issue_coupon
from rewards.queries.catalogue import redemption_facts, taken_by_member

HOLD_FOR: Final = timedelta(minutes=10)


class RewardOutOfStock(Refusal):
    code = "reward_out_of_stock"


def add_reward(
    *,
    merchant: MerchantFacts,
    title: str,
    points: int,
    at: datetime,
    stock: int | None = None,
    per_member_limit: int | None = None,
    batch_id: UUID | None = None,
) -> UUID:
    """A reward in the catalogue; `batch_id` makes it a coupon of that batch. Raises Refusal('name_taken')."""
    if Reward.objects.filter(merchant_id=merchant.id, title=title).exists():
        raise Refusal("name_taken", name=title)
    return Reward.objects.create(
        merchant_id=merchant.id,
        title=title,
        points=points,
        stock=stock,
        per_member_limit=per_member_limit,
        batch_id=batch_id,
        created_at=at,
    ).id


def redeem_reward(
    *,
    merchant: MerchantFacts,
    till_id: UUID,
    member_id: UUID,
    reward_id: UUID,
    quantity: int,
    hold: bool,
    at: datetime,
    business_date: date,
) -> RedemptionFacts:
    """Spends the reward's points, or holds them for 10 minutes.

    Raises Missing('member_not_found', 'reward_not_found'), RewardOutOfStock, Refusal('per_member_limit_reached',
    'member_blocked') and ledger's InsufficientPoints.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    if member.is_blocked:
        raise Refusal("member_blocked")
    reward = _take_stock(merchant, reward_id, quantity=quantity, at=at)
    taken = taken_by_member(merchant=merchant, member_id=member.id, at=at).get(reward.id, 0)
    if reward.per_member_limit is not None and taken + quantity > reward.per_member_limit:
        raise Refusal("per_member_limit_reached", needed=reward.per_member_limit, measured=taken)
    account = lock_account(merchant=merchant, owner_id=member.id, unit=Unit.POINTS, business_date=business_date, at=at)
    row = Redemption(
        merchant_id=merchant.id,
        id=new_id(),
        member_id=member.id,
        reward_id=reward.id,
        till_id=till_id,
        quantity=quantity,
        points=reward.points * quantity,
        status="held" if hold else "completed",
        created_at=at,
    )
    if hold:
        row.held_until = at + HOLD_FOR
        row.hold_id = place_hold(
            merchant=merchant,
            account=account,
            amount=row.points,
            reserved_until=row.held_until,
            reference_kind="redemption",
            reference_id=row.id,
        )
    else:
        _complete(merchant, row, reward, account, at=at, business_date=business_date)
    row.save(force_insert=True)
    return redemption_facts(
        row, merchant=merchant, points_balance=account.balance.points_balance, at=at, today=business_date
    )


def confirm_redemption(
    *, merchant: MerchantFacts, redemption_id: UUID, at: datetime, business_date: date
) -> RedemptionFacts:
    """Spends what was held. Confirming a completed one again changes nothing; a lapsed one raises Refusal."""
    row = _lock(merchant, redemption_id)
    if row.status in {"reversed", "lapsed"}:
        raise Refusal("redemption_closed", status=row.status)
    account = lock_account(
        merchant=merchant, owner_id=row.member_id, unit=Unit.POINTS, business_date=business_date, at=at
    )
    if row.status == "held":
        if row.held_until is None or row.held_until <= at or row.hold_id is None:
            raise Refusal("redemption_closed", status="lapsed")
        reward = Reward.objects.get(merchant_id=merchant.id, id=row.reward_id)
        row.transfer_id = commit_hold(
            merchant=merchant,
            account=account,
            hold_id=row.hold_id,
            source_kind="redemption",
            source_id=row.id,
            at=at,
            business_date=business_date,
        ).transfer_id
        row.status, row.finished_at = "completed", at
        _issue(merchant, row, reward, at=at, business_date=business_date)
        row.save(update_fields=["transfer_id", "status", "finished_at", "coupon_id"])
    return redemption_facts(
        row, merchant=merchant, points_balance=account.balance.points_balance, at=at, today=business_date
    )


def reverse_redemption(
    *, merchant: MerchantFacts, redemption_id: UUID, at: datetime, business_date: date
) -> RedemptionFacts:
    """Gives points back to the lots they came from, the stock to the shelf, and takes back an unused coupon.

    Raises Refusal('redemption_already_reversed'), Refusal('coupon_already_used').
    """
    row = _lock(merchant, redemption_id)
    if row.status in {"reversed", "lapsed"}:
        raise Refusal("redemption_already_reversed")
    if row.coupon_id is not None:
        _take_coupon_back(merchant, row.coupon_id)
    Reward.objects.filter(merchant_id=merchant.id, id=row.reward_id, stock__isnull=False).update(
        stock=F("stock") + row.quantity
    )
    account = lock_account(
        merchant=merchant, owner_id=row.member_id, unit=Unit.POINTS, business_date=business_date, at=at
    )
    if row.status == "held" and row.hold_id is not None:
        release_hold(merchant=merchant, account=account, hold_id=row.hold_id)
    elif row.transfer_id is not None:
        return_spent(
            merchant=merchant,
            account=account,
            spent_transfer_ids=[row.transfer_id],
            amount=row.points,
            kind=EntryKind.REDEEM_REVERSAL,
            source_kind="redemption",
            source_id=row.id,
            grace_days=merchant.return_grace_days,
            at=at,
            business_date=business_date,
        )
    row.status, row.finished_at = "reversed", at
    row.save(update_fields=["status", "finished_at"])
    return redemption_facts(
        row, merchant=merchant, points_balance=account.balance.points_balance, at=at, today=business_date
    )


def _lock(merchant: MerchantFacts, redemption_id: UUID) -> Redemption:
    """The redemption with its member and reward locked in the order every business action keeps."""
    found = Redemption.objects.filter(merchant_id=merchant.id, id=redemption_id).first()
    if found is None:
        raise Missing("redemption_not_found")
    lock_member(merchant=merchant, member_id=found.member_id)
    row = Redemption.objects.select_for_update().get(merchant_id=merchant.id, id=redemption_id)
    Reward.objects.select_for_update().get(merchant_id=merchant.id, id=row.reward_id)
    return row


def _take_stock(merchant: MerchantFacts, reward_id: UUID, *, quantity: int, at: datetime) -> Reward:
    reward = Reward.objects.select_for_update().filter(merchant_id=merchant.id, id=reward_id, is_active=True).first()
    if reward is None:
        raise Missing("reward_not_found")
    if reward.stock is None:
        return reward
    reward.stock += _lapse_holds(merchant, reward_id, at=at)
    if reward.stock < quantity:
        raise RewardOutOfStock(needed=quantity, measured=reward.stock)
    reward.stock -= quantity
    reward.save(update_fields=["stock"])
    return reward


def _lapse_holds(merchant: MerchantFacts, reward_id: UUID, *, at: datetime) -> int:
    """Stock of holds that ran out is free again for whoever has the reward locked; no worker is needed."""
    lapsed = Redemption.objects.filter(merchant_id=merchant.id, reward_id=reward_id, status="held", held_until__lte=at)
    freed = lapsed.aggregate(quantity=Sum("quantity"))["quantity"] or 0
    if freed:
        lapsed.update(status="lapsed", finished_at=at)
    return freed


def _complete(
    merchant: MerchantFacts,
    row: Redemption,
    reward: Reward,
    account: LockedAccount,
    *,
    at: datetime,
    business_date: date,
) -> None:
    posted = post(merchant=merchant, account=account, postings=[_posting(row)], at=at, business_date=business_date)
    row.transfer_id, row.finished_at = posted.transfer_ids[0], at
    _issue(merchant, row, reward, at=at, business_date=business_date)


def _posting(row: Redemption) -> Posting:
    return Posting(
        kind=EntryKind.REDEEM,
        unit=Unit.POINTS,
        change=-row.points,
        source_kind="redemption",
        source_id=row.id,
        reference="",
    )


def _issue(merchant: MerchantFacts, row: Redemption, reward: Reward, *, at: datetime, business_date: date) -> None:
    if reward.batch_id is not None:
        row.coupon_id = issue_coupon(
            merchant=merchant,
            batch_id=reward.batch_id,
            member_id=row.member_id,
            source_id=row.id,
            at=at,
            today=business_date,
        )


def _take_coupon_back(merchant: MerchantFacts, coupon_id: UUID) -> None:
    coupon = Coupon.objects.select_for_update().get(merchant_id=merchant.id, id=coupon_id)
    if coupon.committed:
        raise Refusal("coupon_already_used")
    coupon.state = "cancelled"
    coupon.save(update_fields=["state"])
