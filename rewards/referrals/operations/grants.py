"""The night's work on referrals: those in doubt to a person, the others granted once their return period is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext, override

from common.ids import new_id
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import PostingJob, lock_accounts, open_accounts, post_many
from members.facts import MemberFacts
from members.operations import lock_members
from merchants.facts import MerchantFacts
from rewards.coupons.operations import issue_coupons
from rewards.referrals.facts import CAPS, FraudSignal, MeasuredSignal, ReferralState, RewardKind
from rewards.referrals.models import Referral, ReferralGrant
from rewards.referrals.operations.moves import ReferralTransition, write_steps
from rewards.referrals.queries import granted_so_far, terms_of
from rewards.referrals.rules import cap_reached

UNIT_OF: Final = {RewardKind.POINTS: Unit.POINTS, RewardKind.WALLET: Unit.WALLET}
KIND_OF: Final = {RewardKind.POINTS: EntryKind.BONUS, RewardKind.WALLET: EntryKind.CASHBACK}


@dataclass(frozen=True)
class _Booking:
    """When and how the grants of one batch are booked."""

    merchant: MerchantFacts
    on: date
    at: datetime
    expires_on: date | None


@dataclass(frozen=True)
class _Due:
    """A referral whose time has come, and the member who gets what its terms promise."""

    row: Referral
    referrer_id: UUID

    @property
    def kind(self) -> RewardKind:
        return RewardKind(self.row.program.reward_kind)


def settle_referrals(
    *,
    merchant: MerchantFacts,
    found: Mapping[UUID, tuple[MeasuredSignal, ...]],
    night_of: date,
    at: datetime,
    expires_on: date | None,
) -> int:
    """Settles these referrals; `found` has the doubts about each, none for a clear one. Returns how many were granted.

    `night_of` is the business day that is over; grants are booked on the day after it. Members are locked before the
    referrals and the accounts, so a refund of the friend's sale and a second night wait here. Exactly one grant per
    referral: its row moves out of 'qualified' in the same transaction, and the grant's key is the referral.
    """
    people = list(
        Referral.objects.filter(merchant_id=merchant.id, id__in=list(found)).values_list("friend_id", "referrer_id")
    )
    members = lock_members(merchant=merchant, member_ids=[member_id for pair in people for member_id in pair])
    rows = lock_qualified(merchant, list(found))
    steps: list[ReferralTransition] = []
    due: list[_Due] = []
    for row in rows:
        reasons = (*(() if row.cleared_at else found[row.id]), *_find_blocked_sides(row, members))
        if reasons:
            steps.append(ReferralTransition(row.id, ReferralState.QUALIFIED, ReferralState.IN_REVIEW, reasons))
        elif row.due_on is not None and row.due_on <= night_of:
            due.append(_Due(row, members[row.referrer_id].id))
    booking = _Booking(merchant, night_of + timedelta(days=1), at, expires_on)
    within, capped = _within_caps(booking, due)
    _grant_rewards(booking, within)
    steps += capped
    steps += [ReferralTransition(d.row.id, ReferralState.QUALIFIED, ReferralState.GRANTED) for d in within]
    _change_states(merchant, steps)
    Referral.objects.filter(merchant_id=merchant.id, id__in=[row.id for row in rows], state="qualified").update(
        checked_on=night_of
    )
    write_steps(merchant=merchant, steps=steps, at=at)
    return len(within)


def lock_qualified(merchant: MerchantFacts, ids: Sequence[UUID]) -> list[Referral]:
    """Those that still wait for their grant; anyone who moved meanwhile is left out."""
    rows = Referral.objects.select_related("program").filter(
        merchant_id=merchant.id, id__in=list(ids), state=ReferralState.QUALIFIED.value
    )
    return list(rows.order_by("id").select_for_update(of=("self",)))


def _find_blocked_sides(row: Referral, members: Mapping[UUID, MemberFacts]) -> tuple[MeasuredSignal, ...]:
    """A membership that may not be used now is looked at again, also after a person cleared the referral."""
    sides = ((row.referrer_id, FraudSignal.REFERRER_BLOCKED), (row.friend_id, FraudSignal.FRIEND_BLOCKED))
    return tuple(
        MeasuredSignal(signal, 1, 0) for side, signal in sides if side not in members or members[side].is_blocked
    )


def _within_caps(booking: _Booking, due: Sequence[_Due]) -> tuple[list[_Due], list[ReferralTransition]]:
    """In the order of the referrals: who gets something, and the steps of those whose referrer has had enough."""
    month = booking.on.replace(day=1)
    had = granted_so_far(merchant=booking.merchant, referrer_ids=[d.referrer_id for d in due], month=month)
    counts = {referrer_id: list(had.get(referrer_id, (0, 0))) for referrer_id in {d.referrer_id for d in due}}
    within: list[_Due] = []
    capped: list[ReferralTransition] = []
    for one in due:
        this_month, ever = counts[one.referrer_id]
        reason = cap_reached(terms_of(one.row.program), this_month=this_month, ever=ever)
        if reason is not None:
            capped.append(ReferralTransition(one.row.id, ReferralState.QUALIFIED, ReferralState.REFUSED, (reason,)))
            continue
        counts[one.referrer_id] = [this_month + 1, ever + 1]
        within.append(one)
    return within, capped


def _grant_rewards(booking: _Booking, due: Sequence[_Due]) -> None:
    """Coupons first, then points, then wallet money: the order in which all actions lock."""
    grants = [_coupon_grant(booking, one) for one in due if one.kind is RewardKind.COUPON]
    for kind in (RewardKind.POINTS, RewardKind.WALLET):
        grants += _post_rewards(booking, kind, [one for one in due if one.kind is kind])
    ReferralGrant.objects.bulk_create(grants)


def _coupon_grant(booking: _Booking, one: _Due) -> ReferralGrant:
    batch_id = one.row.program.reward_batch_id
    assert batch_id is not None
    issued = issue_coupons(
        merchant=booking.merchant,
        batch_id=batch_id,
        member_ids=[one.referrer_id],
        source_id=one.row.id,
        at=booking.at,
        valid_from=booking.on,
    )
    return _grant_row(booking, one, coupon_id=issued[one.referrer_id][0])


def _post_rewards(booking: _Booking, kind: RewardKind, due: Sequence[_Due]) -> list[ReferralGrant]:
    """All of one unit in the ledger: accounts locked in the order of their ids, one transfer per referral."""
    if not due:
        return []
    merchant, unit = booking.merchant, UNIT_OF[kind]
    of: dict[UUID, list[_Due]] = defaultdict(list)
    for one in due:
        of[one.referrer_id].append(one)
    open_accounts(merchant=merchant, owner_ids=list(of), unit=unit)
    accounts = lock_accounts(merchant=merchant, owner_ids=list(of), unit=unit, business_date=booking.on, at=booking.at)
    jobs = [
        PostingJob(
            account=account,
            postings=[_reward_posting(booking, kind, one) for one in of[owner_id]],
            at=booking.at,
            business_date=booking.on,
        )
        for owner_id, account in accounts.items()
    ]
    posted = post_many(merchant=merchant, jobs=jobs)
    return [
        _grant_row(booking, one, transfer_id=transfer_id)
        for (owner_id, _), done in zip(accounts.items(), posted, strict=True)
        for one, transfer_id in zip(of[owner_id], done.transfer_ids, strict=True)
    ]


def _reward_posting(booking: _Booking, kind: RewardKind, one: _Due) -> Posting:
    amount = one.row.program.reward_amount
    with override(booking.merchant.language):
        note = gettext("For bringing a friend")
    return Posting(
        kind=KIND_OF[kind],
        unit=UNIT_OF[kind],
        change=amount,
        source_kind="referral",
        source_id=one.row.id,
        note=note,
        lot=LotDraft(
            amount=amount,
            available_on=booking.on,
            expires_on=booking.expires_on,
            earned_at=booking.at,
            follows_purchases=booking.merchant.expiry_rule.follows_purchases,
        ),
    )


def _grant_row(
    booking: _Booking, one: _Due, *, transfer_id: UUID | None = None, coupon_id: UUID | None = None
) -> ReferralGrant:
    return ReferralGrant(
        merchant_id=booking.merchant.id,
        id=new_id(),
        referral_id=one.row.id,
        referrer_id=one.referrer_id,
        kind=one.kind.value,
        amount=one.row.program.reward_amount,
        transfer_id=transfer_id,
        coupon_id=coupon_id,
        at=booking.at,
        business_date=booking.on,
    )


def _change_states(merchant: MerchantFacts, steps: Sequence[ReferralTransition]) -> None:
    """The rows to where their steps lead; those without reasons together, doubtful ones one by one with theirs."""
    plain = [step.referral_id for step in steps if not step.reasons]
    rows = Referral.objects.filter(merchant_id=merchant.id, state="qualified")
    rows.filter(id__in=plain).update(state=ReferralState.GRANTED.value)
    for step in steps:
        if step.reasons:
            keeps = {} if any(reason.signal in CAPS for reason in step.reasons) else {"cleared_at": None}
            rows.filter(id=step.referral_id).update(
                state=step.after.value, reasons=[reason.to_json() for reason in step.reasons], **keeps
            )


# --- too late ----------------------------------------------------------------------------------------------------

_EXPIRE: Final = """
UPDATE rewards_referral SET state = 'expired'
WHERE merchant_id = %(merchant)s AND id IN (
    SELECT r.id FROM rewards_referral r
    JOIN rewards_referralprogram p ON p.merchant_id = %(merchant)s AND p.id = r.program_id
    WHERE r.merchant_id = %(merchant)s AND r.state = 'joined' AND r.joined_on + p.qualify_days <= %(day)s
    ORDER BY r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED
) RETURNING id
"""


def expire_referrals(*, merchant: MerchantFacts, night_of: date, at: datetime, limit: int) -> int:
    """Night step: friends who have not bought in time. Returns how many; fewer than `limit` means all are done.

    A referral that a sale is just fulfilling is passed over: the sale decides.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, {"merchant": merchant.id, "day": night_of, "limit": limit})
        expired = sorted(row[0] for row in cursor.fetchall())
    steps = [ReferralTransition(referral_id, ReferralState.JOINED, ReferralState.EXPIRED) for referral_id in expired]
    write_steps(merchant=merchant, steps=steps, at=at)
    return len(expired)
