"""Referrals as people and the night see them: the program, one friend's story, lists, figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, Sum

from common.errors import Missing
from merchants.facts import MerchantFacts
from rewards.coupons.models import CouponBatch
from rewards.referrals.facts import (
    ClawbackFacts,
    FriendPrice,
    GrantFacts,
    MeasuredSignal,
    ReferralFacts,
    ReferralFigures,
    ReferralParties,
    ReferralProgramFacts,
    ReferralsPage,
    ReferralState,
    ReferralStep,
    ReferralTerms,
    RewardKind,
)
from rewards.referrals.models import Referral, ReferralClawback, ReferralGrant, ReferralMove, ReferralProgram

COUNT_LIMIT: Final = 10_000


# --- the program -----------------------------------------------------------------------------------------------


def program_in_force(*, merchant: MerchantFacts, at: datetime) -> ReferralProgramFacts | None:
    """The version in force at that instant, open or closed; None for a merchant that never published one."""
    rows = ReferralProgram.objects.filter(merchant_id=merchant.id, starts_at__lte=at)
    row = rows.order_by("-starts_at", "-number").first()
    return _program_facts(row) if row else None


def newest_program(*, merchant: MerchantFacts) -> ReferralProgramFacts | None:
    """The version published last, whether or not it has begun."""
    row = ReferralProgram.objects.filter(merchant_id=merchant.id).order_by("-number").first()
    return _program_facts(row) if row else None


def batches_of_referrals(*, merchant: MerchantFacts) -> set[UUID]:
    """Return the batches of which the newest program gives coupons, to who brings a friend or to the friend."""
    newest = newest_program(merchant=merchant)
    asked = (newest.terms.reward_batch_id, newest.terms.friend_batch_id) if newest else ()
    return {batch_id for batch_id in asked if batch_id is not None}


def referral_programs(*, merchant: MerchantFacts) -> list[ReferralProgramFacts]:
    """Every version, the newest first."""
    return [_program_facts(row) for row in ReferralProgram.objects.filter(merchant_id=merchant.id).order_by("-number")]


def terms_of(row: ReferralProgram) -> ReferralTerms:
    values = {name: getattr(row, name) for name in ReferralTerms.__dataclass_fields__}
    return ReferralTerms(
        **values | {"reward_kind": RewardKind(row.reward_kind), "friend_price": FriendPrice(row.friend_price)}
    )


def _program_facts(row: ReferralProgram) -> ReferralProgramFacts:
    return ReferralProgramFacts(
        id=row.id,
        number=row.number,
        starts_at=row.starts_at,
        created_at=row.created_at,
        created_by=row.created_by,
        terms=terms_of(row),
        promotion_id=row.promotion_id,
    )


# --- one referral ------------------------------------------------------------------------------------------------


def referral(*, merchant: MerchantFacts, referral_id: UUID) -> ReferralFacts:
    """Raises Missing('referral_not_found')."""
    row = _referrals_of(merchant).filter(id=referral_id).first()
    if row is None:
        raise Missing("referral_not_found")
    return facts_of(row)


def grant_of(*, merchant: MerchantFacts, referral_id: UUID) -> GrantFacts | None:
    row = ReferralGrant.objects.filter(merchant_id=merchant.id, referral_id=referral_id).first()
    return GrantFacts(row.referrer_id, RewardKind(row.kind), row.amount, row.coupon_id, row.at) if row else None


def clawback_of(*, merchant: MerchantFacts, referral_id: UUID) -> ClawbackFacts | None:
    row = ReferralClawback.objects.filter(merchant_id=merchant.id, referral_id=referral_id).first()
    return ClawbackFacts(row.taken, row.missing, row.coupon_used, row.at) if row else None


def referral_steps(*, merchant: MerchantFacts, referral_id: UUID) -> list[ReferralStep]:
    """Every step, newest first."""
    rows = ReferralMove.objects.filter(merchant_id=merchant.id, referral_id=referral_id).order_by("-at", "-id")
    return [
        ReferralStep(
            at=row.at,
            from_state=ReferralState(row.from_state) if row.from_state else None,
            to_state=ReferralState(row.to_state),
            actor_label=row.actor_label,
            reasons=tuple(MeasuredSignal.from_json(stored) for stored in row.reasons),
            note=row.note,
        )
        for row in rows
    ]


def _referrals_of(merchant: MerchantFacts) -> Any:
    return Referral.objects.select_related("program").filter(merchant_id=merchant.id)


def facts_of(row: Referral) -> ReferralFacts:
    """Needs the program selected with the row."""
    return ReferralFacts(
        id=row.id,
        friend_id=row.friend_id,
        referrer_id=row.referrer_id,
        state=ReferralState(row.state),
        source=row.source,
        joined_at=row.joined_at,
        joined_on=row.joined_on,
        sale_id=row.sale_id,
        sale_amount=row.sale_amount,
        qualified_on=row.qualified_on,
        due_on=row.due_on,
        cleared=row.cleared_at is not None,
        reasons=tuple(MeasuredSignal.from_json(stored) for stored in row.reasons),
        program_number=row.program.number,
        terms=terms_of(row.program),
    )


# --- lists -------------------------------------------------------------------------------------------------------


def referrals_page(
    *,
    merchant: MerchantFacts,
    state: ReferralState | None = None,
    referrer_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> ReferralsPage:
    """Newest first; narrowed by state and by who brought the friends. Three statements at most."""
    wanted = Q(merchant_id=merchant.id)
    if state is not None:
        wanted &= Q(state=state.value)
    if referrer_id is not None:
        wanted &= Q(referrer_id=referrer_id)
    total = Referral.objects.filter(wanted).order_by()[: COUNT_LIMIT + 1].count()
    rows = Referral.objects.select_related("program").filter(wanted)
    if after is not None:
        rows = rows.filter(id__lt=after)
    found = [facts_of(row) for row in rows.order_by("-id")[: limit + 1]]
    shown = found[:limit]
    return ReferralsPage(tuple(shown), shown[-1].id if len(found) > limit else None, total)


def referral_counts(*, merchant: MerchantFacts, referrer_id: UUID | None = None) -> dict[ReferralState, int]:
    """How many stand in each state, of one referrer or of all."""
    wanted = Referral.objects.filter(merchant_id=merchant.id)
    if referrer_id is not None:
        wanted = wanted.filter(referrer_id=referrer_id)
    rows = wanted.order_by().values_list("state")
    return {ReferralState(state): count for state, count in rows.annotate(count=Count("id"))}


def referrals_to_settle(
    *, merchant: MerchantFacts, night_of: date, after: UUID | None, limit: int
) -> list[ReferralFacts]:
    """Those the night looks at: new since the last night, or with their return period over; in the order of ids."""
    rows = _referrals_of(merchant).filter(
        Q(checked_on__isnull=True) | Q(due_on__lte=night_of), state=ReferralState.QUALIFIED.value
    )
    if after is not None:
        rows = rows.filter(id__gt=after)
    return [facts_of(row) for row in rows.order_by("id")[:limit]]


def granted_so_far(
    *, merchant: MerchantFacts, referrer_ids: Iterable[UUID], month: date
) -> dict[UUID, tuple[int, int]]:
    """(since `month`, ever) granted and not clawed back, by referrer; those without any are left out."""
    back = ReferralClawback.objects.filter(merchant_id=merchant.id).values("referral_id")
    rows = ReferralGrant.objects.filter(merchant_id=merchant.id, referrer_id__in=set(referrer_ids))
    counted = (
        rows.exclude(referral_id__in=back)
        .order_by()
        .values_list("referrer_id")
        .annotate(month=Count("id", filter=Q(business_date__gte=month)), ever=Count("id"))
    )
    return {referrer_id: (in_month, ever) for referrer_id, in_month, ever in counted}


_JOINS: Final = """
SELECT w.referrer_id, w.joined_on, count(*)
FROM (SELECT DISTINCT * FROM unnest(%s::uuid[], %s::date[]) AS w(referrer_id, joined_on)) w
JOIN rewards_referral r ON r.merchant_id = %s AND r.referrer_id = w.referrer_id AND r.joined_on = w.joined_on
GROUP BY w.referrer_id, w.joined_on
"""


def joins_per_day(*, merchant: MerchantFacts, days: Sequence[tuple[UUID, date]]) -> dict[tuple[UUID, date], int]:
    """How many friends each referrer brought on each of these days."""
    with connection.cursor() as cursor:
        cursor.execute(_JOINS, [[d[0] for d in days], [d[1] for d in days], merchant.id])
        return {(referrer_id, day): count for referrer_id, day, count in cursor.fetchall()}


_SALES: Final = """
SELECT r.referrer_id, latest.sale_id
FROM unnest(%s::uuid[]) AS r(referrer_id)
CROSS JOIN LATERAL (
    SELECT sale_id FROM rewards_referral
    WHERE merchant_id = %s AND referrer_id = r.referrer_id AND sale_id IS NOT NULL
    ORDER BY joined_on DESC, id DESC LIMIT %s
) latest
"""


def sales_of_referrers(
    *, merchant: MerchantFacts, referrer_ids: Iterable[UUID], limit: int = 50
) -> dict[UUID, list[UUID]]:
    """The latest sales that fulfilled each referrer's referrals."""
    found: dict[UUID, list[UUID]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SALES, [sorted(set(referrer_ids)), merchant.id, limit])
        for referrer_id, sale_id in cursor.fetchall():
            found.setdefault(referrer_id, []).append(sale_id)
    return found


# --- figures -----------------------------------------------------------------------------------------------------


def referral_figures(*, merchant: MerchantFacts, first: date, last: date) -> ReferralFigures:
    """Of the friends who joined from `first` to `last`: what became of them and what their referrers got for it."""
    rows = Referral.objects.filter(merchant_id=merchant.id, joined_on__range=(first, last))
    states = dict(rows.order_by().values_list("state").annotate(count=Count("id")))
    friends = rows.order_by("id").values_list("friend_id", flat=True)[:COUNT_LIMIT]
    back = ReferralClawback.objects.filter(merchant_id=merchant.id).values("referral_id")
    standing = ReferralGrant.objects.filter(merchant_id=merchant.id, referral_id__in=rows.values("id")).exclude(
        referral_id__in=back
    )
    cost = standing.aggregate(
        points=Sum("amount", filter=Q(kind="points")),
        wallet=Sum("amount", filter=Q(kind="wallet")),
        coupons=Count("id", filter=Q(kind="coupon")),
    )
    return ReferralFigures(
        joined=sum(states.values()),
        waiting=states.get("joined", 0),
        **{name: states.get(name, 0) for name in ("qualified", "in_review", "granted", "refused")},
        clawed_back=states.get("clawed_back", 0),
        expired=states.get("expired", 0),
        points_granted=cost["points"] or 0,
        wallet_granted=cost["wallet"] or 0,
        coupons_granted=cost["coupons"] or 0,
        friend_ids=tuple(friends),
    )


def batches_to_give(*, merchant: MerchantFacts, limit: int = 100) -> list[tuple[UUID, str]]:
    """(id, title) of the coupon batches a program may give from, the newest first."""
    rows = CouponBatch.objects.filter(merchant_id=merchant.id).order_by("-created_at", "-id")
    return list(rows.values_list("id", "title")[:limit])


def referral_parties(*, merchant: MerchantFacts, referral_ids: Collection[UUID]) -> ReferralParties:
    """Whose rows a return of these referrals' sales touches. Two statements, none without a referral."""
    if not referral_ids:
        return ReferralParties()
    rows = Referral.objects.filter(merchant_id=merchant.id, id__in=referral_ids)
    people = {member_id for pair in rows.values_list("friend_id", "referrer_id") for member_id in pair}
    grants = ReferralGrant.objects.filter(merchant_id=merchant.id, referral_id__in=referral_ids)
    coupons = grants.values_list("coupon_id", flat=True)
    return ReferralParties(frozenset(people), frozenset(coupon for coupon in coupons if coupon is not None))
