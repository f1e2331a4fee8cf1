"""Points exchanged for a reward: at once or held then confirmed, and reversed to the same lots."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext

from common.errors import BadInput, FieldError, Missing, Refusal
from common.ids import new_id
from ledger.facts import EntryKind, Posting, Unit
from ledger.operations import (
    LockedAccount,
    commit_hold,
    lock_account,
    lock_accounts,
    place_hold,
    post,
    release_hold,
    return_spent,
)
from members.facts import MemberFacts
from members.operations import lock_member, move_missing, require_card_in_force, require_verification_code
from members.queries import wallet_mates
from merchants.facts import Actor, MerchantFacts
from merchants.queries import outlets
from rewards.catalogue.facts import Fulfilment, Handover, RedemptionFacts
from rewards.catalogue.models import Redemption, Reward
from rewards.catalogue.operations.catalogue import move_stock
from rewards.catalogue.operations.fulfilments import start_fulfilment, write_step
from rewards.catalogue.operations.shares import give_reward_share, return_reward_share
from rewards.catalogue.queries import NOTHING_TAKEN, draft_of, redemption_facts, taken_counts, taker_of
from rewards.catalogue.rules import reward_refusal
from rewards.coupons.models import Coupon
from rewards.coupons.operations import coupon_is_held, issue_coupon

HOLD_FOR: Final = timedelta(minutes=10)
TILL: Final = Actor(user_id=None, label="till")


class RewardOutOfStock(Refusal):
    code = "reward_out_of_stock"


class RewardNotOpen(Refusal):
    """The reward is not for this member, or not today: 'wrong_tier', 'wrong_segment', 'not_started', 'expired'."""

    code = "wrong_tier"


class RedemptionHandedOver(Refusal):
    """The gift left the shop: it cannot be cancelled any more."""

    code = "redemption_handed_over"


def redeem_reward(
    *,
    merchant: MerchantFacts,
    till_id: UUID | None,
    outlet_id: UUID | None,
    member_id: UUID,
    reward_id: UUID,
    quantity: int,
    hold: bool,
    at: datetime,
    business_date: date,
    code: str | None = None,
    pickup_outlet_id: UUID | None = None,
    actor: Actor = TILL,
) -> RedemptionFacts:
    """Spend the reward's points, or hold them for 10 minutes. Without a till, `actor` does it at the screen.

    A gift to be fetched waits at `pickup_outlet_id`, else at the till's own `outlet_id`. Raises
    Missing('member_not_found', 'reward_not_found', 'outlet_not_found'), RewardOutOfStock, RewardNotOpen,
    Refusal('per_member_limit_reached', 'member_blocked'), BadInput for several of a reward that is a coupon: one
    redemption issues one. Also members' VerificationRequired and CardNotConfirmed, ledger's InsufficientPoints.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    if member.is_blocked:
        raise Refusal("member_blocked")
    if till_id is not None:
        require_card_in_force(merchant=merchant, till_id=till_id, member_id=member.id, identifier=None, at=at)
    reward = _take_stock(merchant, member, reward_id, quantity=quantity, at=at, today=business_date)
    if pickup_outlet_id is not None and pickup_outlet_id not in {o.id for o in outlets(merchant=merchant)}:
        raise Missing("outlet_not_found")
    row = Redemption(
        merchant_id=merchant.id,
        id=new_id(),
        member_id=member.id,
        reward_id=reward.id,
        till_id=till_id,
        quantity=quantity,
        points=reward.points * quantity,
        unit_cost_amount=reward.unit_cost_amount,
        status="held" if hold else "completed",
        handover=reward.handover,
        outlet_id=(pickup_outlet_id or outlet_id) if reward.handover == Handover.PICKUP.value else None,
        business_date=business_date,
        created_at=at,
    )
    account = _lock_points(merchant, member, row.points, at=at, business_date=business_date)
    if account.balance.available >= row.points:  # else the ledger says what is missing, before anybody is asked
        require_verification_code(merchant=merchant, member_id=member.id, points=row.points, code=code, at=at)
    if hold:
        _hold_points(merchant, row, account, at=at)
        row.save(force_insert=True)
    else:
        _spend_points(merchant, row, account, at=at, business_date=business_date)
        row.save(force_insert=True)
        _complete_redemption(merchant, row, reward, at=at, business_date=business_date, actor=actor)
    if reward.stock is not None:
        move_stock(merchant, reward, change=-quantity, kind="taken", at=at, actor=actor, redemption_id=row.id)
    return redemption_facts(
        row, merchant=merchant, points_balance=account.balance.points_balance, at=at, today=business_date
    )


def confirm_redemption(
    *, merchant: MerchantFacts, redemption_id: UUID, at: datetime, business_date: date
) -> RedemptionFacts:
    """Spend what was held. Confirming a completed one again changes nothing; a lapsed one raises Refusal.

    So does one whose member was blocked since: nothing is handed over, and the hold lapses by itself.
    """
    row, reward, member = lock_redemption(merchant, redemption_id)
    if row.status in {"reversed", "lapsed"}:
        raise Refusal("redemption_closed", status=row.status)
    if row.status == "held" and member.is_blocked:
        raise Refusal("member_blocked")
    if row.status == "held" and (row.held_until is None or row.held_until <= at or row.hold_id is None):
        raise Refusal("redemption_closed", status="lapsed")
    account = lock_account(
        merchant=merchant, owner_id=row.member_id, unit=Unit.POINTS, business_date=business_date, at=at
    )
    if row.status == "held" and row.hold_id is not None:
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
        row.save(update_fields=["transfer_id", "status", "finished_at"])
        _complete_redemption(merchant, row, reward, at=at, business_date=business_date)
    return redemption_facts(
        row, merchant=merchant, points_balance=account.balance.points_balance, at=at, today=business_date
    )


def reverse_redemption(
    *,
    merchant: MerchantFacts,
    redemption_id: UUID,
    at: datetime,
    business_date: date,
    actor: Actor = TILL,
    till_id: UUID | None = None,
    note: str = "",
) -> RedemptionFacts:
    """Give points back to the lots they came from, the stock to the shelf, and take back an unused coupon.

    A gift still in the shop is cancelled. Raises Missing('redemption_not_found'),
    Refusal('redemption_already_reversed', 'coupon_already_used'), RedemptionHandedOver.
    """
    row, reward, _ = lock_redemption(merchant, redemption_id)
    if row.status in {"reversed", "lapsed"}:
        raise Refusal("redemption_already_reversed")
    if row.fulfilment not in {"", Fulfilment.REQUESTED.value, Fulfilment.READY.value}:
        raise RedemptionHandedOver(status=row.fulfilment)
    if row.coupon_id is not None:
        _take_coupon_back(merchant, row.coupon_id, at=at)
    if reward.stock is not None:
        move_stock(merchant, reward, change=row.quantity, kind="given_back", at=at, actor=actor, redemption_id=row.id)
        Reward.objects.filter(merchant_id=merchant.id, id=reward.id).update(stock=F("stock") + row.quantity)
    account = lock_account(
        merchant=merchant, owner_id=row.member_id, unit=Unit.POINTS, business_date=business_date, at=at
    )
    _give_points_back(merchant, row, account, at=at, business_date=business_date)
    cancelled = bool(row.fulfilment)
    if cancelled:
        write_step(merchant, row, Fulfilment.CANCELLED, at=at, actor=actor, till_id=till_id, note=note)
    row.status, row.finished_at = "reversed", at
    row.save(update_fields=["status", "finished_at", "fulfilment", "fulfilment_at"])
    return_reward_share(merchant=merchant, redemption_id=row.id, at=at, business_date=business_date)
    return redemption_facts(
        row, merchant=merchant, points_balance=account.balance.points_balance, at=at, today=business_date
    )


def lock_redemption(merchant: MerchantFacts, redemption_id: UUID) -> tuple[Redemption, Reward, MemberFacts]:
    """Lock the redemption with its member and reward, in the order every business action keeps."""
    found = Redemption.objects.filter(merchant_id=merchant.id, id=redemption_id).first()
    if found is None:
        raise Missing("redemption_not_found")
    member = lock_member(merchant=merchant, member_id=found.member_id, even_erased=True)
    reward = Reward.objects.select_for_update().get(merchant_id=merchant.id, id=found.reward_id)
    row = Redemption.objects.select_for_update().get(merchant_id=merchant.id, id=redemption_id)
    return row, reward, member


# --- stock -------------------------------------------------------------------------------------------------------


def _take_stock(
    merchant: MerchantFacts, member: MemberFacts, reward_id: UUID, *, quantity: int, at: datetime, today: date
) -> Reward:
    """Take so many pieces; return the reward, locked. Refuses for every reason but the points."""
    reward = Reward.objects.select_for_update().filter(merchant_id=merchant.id, id=reward_id, is_active=True).first()
    if reward is None:
        raise Missing("reward_not_found")
    if quantity > 1 and reward.batch_id is not None:
        raise BadInput([FieldError("/quantity", "high", gettext("This reward is a coupon: redeem one at a time."))])
    if reward.stock is not None:
        reward.stock += _lapse_holds(merchant, reward, at=at)
    count = taken_counts(merchant=merchant, member_id=member.id, rewards=[reward], at=at, today=today)
    refusal = reward_refusal(
        draft_of(reward),
        taker_of(member, count.get(reward.id, NOTHING_TAKEN)),
        stock=reward.stock,
        available=None,
        quantity=quantity,
        today=today,
    )
    if refusal is not None:
        raise _make_refusal(refusal.reason, measured=refusal.measured, needed=refusal.needed)
    if reward.stock is not None:
        reward.stock -= quantity
        reward.save(update_fields=["stock"])
    return reward


def _make_refusal(reason: str, **figures: int | None) -> Refusal:
    facts: dict[str, Any] = {name: figure for name, figure in figures.items() if figure is not None}
    if reason == "reward_out_of_stock":
        return RewardOutOfStock(**facts)
    if reason == "per_member_limit_reached":
        return Refusal(reason, **facts)
    return RewardNotOpen(reason, **facts)


def _lapse_holds(merchant: MerchantFacts, reward: Reward, *, at: datetime) -> int:
    """Free the stock of lapsed holds, with the reward locked by any caller; no worker is needed."""
    lapsed = list(
        Redemption.objects.filter(
            merchant_id=merchant.id, reward_id=reward.id, status="held", held_until__lte=at
        ).order_by("id")
    )
    for row in lapsed:
        move_stock(merchant, reward, change=row.quantity, kind="lapsed", at=at, redemption_id=row.id)
    if lapsed:
        Redemption.objects.filter(merchant_id=merchant.id, id__in=[row.id for row in lapsed]).update(
            status="lapsed", finished_at=at
        )
    return sum(row.quantity for row in lapsed)


# --- points ------------------------------------------------------------------------------------------------------


def _lock_points(
    merchant: MerchantFacts, member: MemberFacts, needed: int, *, at: datetime, business_date: date
) -> LockedAccount:
    """Lock the member's points, and move from the household what they lack of `needed`."""
    mates = wallet_mates(merchant=merchant, member=member)
    locked = lock_accounts(
        merchant=merchant, owner_ids=[member.id, *mates], unit=Unit.POINTS, business_date=business_date, at=at
    )
    account = locked[member.id]
    if mates:
        missing = needed - account.balance.available
        move_missing(merchant=merchant, member=member, accounts=locked, missing=missing)
    return account


def _hold_points(merchant: MerchantFacts, row: Redemption, account: LockedAccount, *, at: datetime) -> None:
    row.held_until = at + HOLD_FOR
    row.hold_id = place_hold(
        merchant=merchant,
        account=account,
        amount=row.points,
        reserved_until=row.held_until,
        reference_kind="redemption",
        reference_id=row.id,
    )


def _spend_points(
    merchant: MerchantFacts, row: Redemption, account: LockedAccount, *, at: datetime, business_date: date
) -> None:
    posting = Posting(
        kind=EntryKind.REDEEM,
        unit=Unit.POINTS,
        change=-row.points,
        source_kind="redemption",
        source_id=row.id,
        reference="",
    )
    posted = post(merchant=merchant, account=account, postings=[posting], at=at, business_date=business_date)
    row.transfer_id, row.finished_at = posted.transfer_ids[0], at


def _give_points_back(
    merchant: MerchantFacts, row: Redemption, account: LockedAccount, *, at: datetime, business_date: date
) -> None:
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


def _complete_redemption(
    merchant: MerchantFacts, row: Redemption, reward: Reward, *, at: datetime, business_date: date, actor: Actor = TILL
) -> None:
    """Do what follows once the points are spent: the coupon, the gift's way to the member, the partner's share."""
    if reward.batch_id is not None:
        row.coupon_id = issue_coupon(
            merchant=merchant,
            batch_id=reward.batch_id,
            member_id=row.member_id,
            source_id=row.id,
            at=at,
            today=business_date,
        )
        row.save(update_fields=["coupon_id"])
    if row.handover != Handover.AT_ONCE.value:
        start_fulfilment(merchant, row, at=at, actor=actor, till_id=row.till_id)
    if reward.partner_id is not None:
        give_reward_share(merchant=merchant, row=row, reward=draft_of(reward), at=at, business_date=business_date)


def _take_coupon_back(merchant: MerchantFacts, coupon_id: UUID, *, at: datetime) -> None:
    """Take the coupon back; one held for a paying customer counts as used, because that sale is never refused."""
    coupon = Coupon.objects.select_for_update().get(merchant_id=merchant.id, id=coupon_id)
    if coupon.committed or coupon_is_held(merchant=merchant, coupon=coupon, at=at):
        raise Refusal("coupon_already_used")
    coupon.state = "cancelled"
    coupon.save(update_fields=["state"])
