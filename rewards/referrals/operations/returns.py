"""The friend's first sale comes back: what it brought the referrer is taken back, exactly once."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ledger.facts import EntryKind, Unit
from ledger.operations import lock_account, lock_accounts, open_accounts, take_back
from members.operations import lock_members
from members.queries import members_by_id, survivors_of
from merchants.facts import MerchantFacts
from rewards.coupons.models import Coupon
from rewards.referrals.facts import ReferralState, RewardKind
from rewards.referrals.models import Referral, ReferralClawback, ReferralGrant
from rewards.referrals.operations.moves import ReferralTransition, write_steps

UNIT_OF = {RewardKind.POINTS.value: Unit.POINTS, RewardKind.WALLET.value: Unit.WALLET}


def lock_referral_parties(*, merchant: MerchantFacts, referral_id: UUID) -> None:
    """Before a return of the sale that fulfilled it: both members by id, then the granted coupon.

    Anyone who grants or takes back holds both members first, so a return never waits crosswise with a night or with a
    sale of the referrer. Coupons of the sale and gift cards follow, then `lock_referral_accounts`.
    """
    row = Referral.objects.get(merchant_id=merchant.id, id=referral_id)
    lock_members(merchant=merchant, member_ids=[row.friend_id, row.referrer_id])
    grant = ReferralGrant.objects.filter(merchant_id=merchant.id, referral_id=referral_id).first()
    if grant is not None and grant.coupon_id is not None:
        list(Coupon.objects.select_for_update().filter(merchant_id=merchant.id, id=grant.coupon_id))


def lock_referral_accounts(*, merchant: MerchantFacts, referral_id: UUID, at: datetime, business_date: date) -> None:
    """Both members' accounts, points by account id and then wallets, where points or wallet money were granted."""
    grant = ReferralGrant.objects.filter(merchant_id=merchant.id, referral_id=referral_id).first()
    if grant is None or grant.coupon_id is not None:
        return
    row = Referral.objects.get(merchant_id=merchant.id, id=referral_id)
    members = members_by_id(merchant=merchant, member_ids=[row.friend_id, row.referrer_id])
    owners = sorted({found.id for found in members.values()})
    for unit in (Unit.POINTS, Unit.WALLET):
        if unit is Unit.POINTS or grant.kind == RewardKind.WALLET.value:
            open_accounts(merchant=merchant, owner_ids=owners, unit=unit)
            lock_accounts(merchant=merchant, owner_ids=owners, unit=unit, business_date=business_date, at=at)


def return_referred_sale(
    *, merchant: MerchantFacts, referral_id: UUID, sale_id: UUID, left_amount: int, at: datetime, business_date: date
) -> None:
    """`left_amount` is what is left of the sale now. At or above the program's minimum nothing changes.

    Below it, before the grant: the friend is as one who has not bought yet. After it: points and wallet money are
    taken back under the merchant's policy for refunds, an unused coupon is cancelled, and what cannot be had back is
    written down. The parties and their accounts are locked.
    """
    rows = Referral.objects.select_related("program").filter(merchant_id=merchant.id, id=referral_id)
    row = rows.select_for_update(of=("self",)).get()
    if row.sale_id != sale_id or (left_amount > 0 and left_amount >= row.program.minimum_amount):
        return
    state = ReferralState(row.state)
    if state in {ReferralState.QUALIFIED, ReferralState.IN_REVIEW}:
        _forget_sale(merchant, row)
        write_steps(merchant=merchant, steps=[ReferralTransition(row.id, state, ReferralState.JOINED)], at=at)
    elif state is ReferralState.GRANTED:
        _claw_back(merchant, row, at=at, business_date=business_date)
        write_steps(merchant=merchant, steps=[ReferralTransition(row.id, state, ReferralState.CLAWED_BACK)], at=at)


def _forget_sale(merchant: MerchantFacts, row: Referral) -> None:
    Referral.objects.filter(merchant_id=merchant.id, id=row.id).update(
        state=ReferralState.JOINED.value,
        sale_id=None,
        sale_amount=0,
        qualified_on=None,
        due_on=None,
        checked_on=None,
        cleared_at=None,
        reasons=[],
    )


def _claw_back(merchant: MerchantFacts, row: Referral, *, at: datetime, business_date: date) -> None:
    assert row.sale_id is not None
    grant = ReferralGrant.objects.get(merchant_id=merchant.id, referral_id=row.id)
    taken, missing, used = 0, 0, False
    if grant.coupon_id is not None:
        used = not _cancel_coupon(merchant, grant.coupon_id)
    else:
        taken = _take_back(merchant, grant, at=at, business_date=business_date)
        missing = grant.amount - taken
    ReferralClawback.objects.create(
        merchant_id=merchant.id,
        referral_id=row.id,
        sale_id=row.sale_id,
        taken=taken,
        missing=missing,
        coupon_used=used,
        at=at,
        business_date=business_date,
    )
    Referral.objects.filter(merchant_id=merchant.id, id=row.id).update(state=ReferralState.CLAWED_BACK.value)


def _cancel_coupon(merchant: MerchantFacts, coupon_id: UUID) -> bool:
    """False when it was used, wholly or in part: a use is not undone, and given back later it is none again."""
    Coupon.objects.filter(merchant_id=merchant.id, id=coupon_id, state__in=["issued", "blocked"]).update(
        state="cancelled"
    )
    return not Coupon.objects.filter(merchant_id=merchant.id, id=coupon_id, committed__gt=0).exists()


def _take_back(merchant: MerchantFacts, grant: ReferralGrant, *, at: datetime, business_date: date) -> int:
    """What was really taken, what had expired unspent counted with it: no one gained by that part."""
    assert grant.transfer_id is not None
    [owner_id] = survivors_of(merchant=merchant, member_ids=[grant.referrer_id]).values()
    account = lock_account(
        merchant=merchant, owner_id=owner_id, unit=UNIT_OF[grant.kind], business_date=business_date, at=at
    )
    back = take_back(
        merchant=merchant,
        account=account,
        earned_transfer_ids=[grant.transfer_id],
        amount=grant.amount,
        kind=EntryKind.CLAWBACK,
        policy=merchant.refund_policy,
        source_kind="referral",
        source_id=grant.referral_id,
        at=at,
        business_date=business_date,
    )
    return back.taken + back.expired
