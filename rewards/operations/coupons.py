"""Coupons: given out, locked at checkout, reserved, used, given back, expired.

At a sale: `lock_coupons` before evaluation (rows by id, so that two tills never wait crosswise), then
`commit_coupons` for those that applied. Capacity that a lapsed reservation held is free for whoever holds the lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from common.errors import Missing, Refusal
from common.ids import new_id
from common.secrets import decrypt, encrypt, keyed_hash, new_typed_code, normalise_code
from merchants.facts import SYSTEM, Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.facts import CouponClaim
from rewards.models import Coupon, CouponBatch, CouponRedemption, CouponReservation
from rewards.operations.promotions import create_promotion
from rewards.queries.coupons import state_of
from rewards.rules import coupon_refusal, validity

ISSUE_BATCH: Final = 2_000
"""Codes per INSERT: 2,000 take about a third of a second, most of it encryption."""


class CouponNotUsable(Refusal):
    """A code of the sale cannot be used; `coupons` lists code and reason of each."""

    code = "coupon_not_usable"


@dataclass(frozen=True)
class LockedCoupon:
    """A shown code with its row locked; `reserved_here` when this quote holds a use of it."""

    code: str
    coupon_id: UUID | None
    promotion_id: UUID | None
    refusal: str | None
    reserved_here: bool = False
    source_id: UUID | None = None

    @property
    def claim(self) -> CouponClaim:
        return CouponClaim(
            code=self.code,
            promotion_id=str(self.promotion_id) if self.promotion_id else None,
            usable=self.refusal is None,
            reason=self.refusal,
        )


# --- giving out --------------------------------------------------------------------------------------------------


def create_coupon_batch(
    *,
    merchant: MerchantFacts,
    title: str,
    definition: Mapping[str, Any],
    at: datetime,
    valid_days: int | None = None,
    valid_until: date | None = None,
    max_uses: int = 1,
    per_member_limit: int | None = None,
    actor: Actor = SYSTEM,
) -> UUID:
    """An offer (engine definition without code) that acts only with one of this batch's codes. Raises BadInput."""
    full: dict[str, Any] = {"title": title, **definition}
    full["when"] = {**full.get("when", {}), "code": True}
    if per_member_limit:
        full["usage"] = {**full.get("usage", {}), "per_member_limit": per_member_limit}
    promotion_id = create_promotion(
        merchant=merchant, definition=full, starts_at=at, at=at, actor=actor, needs_coupon=True
    )
    return CouponBatch.objects.create(
        merchant_id=merchant.id,
        promotion_id=promotion_id,
        title=title,
        max_uses=max_uses,
        valid_days=valid_days,
        valid_until=valid_until,
        created_at=at,
    ).id


def issue_coupons(
    *,
    merchant: MerchantFacts,
    batch_id: UUID,
    member_ids: Sequence[UUID],
    source_id: UUID,
    at: datetime,
    valid_from: date,
    valid_until: date | None = None,
) -> dict[UUID, tuple[UUID, str]]:
    """One bound coupon per member from one source (a campaign): member id -> (coupon id, code).

    Set-based; called again it returns the coupons that exist. Without `valid_until` the batch's own rule applies.
    """
    batch = _batch(merchant, batch_id)
    last_day = valid_until or validity(
        valid_from=valid_from, valid_days=batch.valid_days, valid_until=batch.valid_until
    )
    for start in range(0, len(member_ids), ISSUE_BATCH):
        Coupon.objects.bulk_create(
            [
                _coupon(merchant, batch, member_id=member_id, source_id=source_id, at=at, days=(valid_from, last_day))
                for member_id in member_ids[start : start + ISSUE_BATCH]
            ],
            ignore_conflicts=True,
        )
    rows = Coupon.objects.filter(
        merchant_id=merchant.id, source_id=source_id, member_id__in=list(member_ids)
    ).values_list("member_id", "id", "code_encrypted")
    return {member_id: (coupon_id, decrypt(code)) for member_id, coupon_id, code in rows if member_id is not None}


def issue_coupon(
    *,
    merchant: MerchantFacts,
    batch_id: UUID,
    member_id: UUID | None,
    source_id: UUID | None,
    at: datetime,
    today: date,
) -> UUID:
    """One coupon of a batch, bound to a member or free. Raises Missing('coupon_batch_not_found')."""
    batch = _batch(merchant, batch_id)
    last_day = validity(valid_from=today, valid_days=batch.valid_days, valid_until=batch.valid_until)
    row = _coupon(merchant, batch, member_id=member_id, source_id=source_id, at=at, days=(today, last_day))
    row.save(force_insert=True)
    return row.id


def cancel_coupons(*, merchant: MerchantFacts, source_id: UUID, at: datetime, actor: Actor) -> int:
    """Voids every unused coupon of a source; used ones stay used. Returns how many."""
    cancelled = Coupon.objects.filter(merchant_id=merchant.id, source_id=source_id, state="issued", committed=0).update(
        state="cancelled"
    )
    record_audit(
        merchant=merchant, actor=actor, action="coupons.cancelled", at=at, subject=("source", source_id),
        after={"coupons": cancelled},
    )  # fmt: skip
    return cancelled


def expire_coupons(*, merchant: MerchantFacts, business_date: date, after: UUID | None, limit: int) -> UUID | None:
    """Night step: marks coupons whose last day is over; tidy-up only, an overdue coupon is unusable anyway."""
    due = Coupon.objects.filter(merchant_id=merchant.id, state="issued", valid_until__lte=business_date)
    if after is not None:
        due = due.filter(id__gt=after)
    ids = list(due.order_by("id").values_list("id", flat=True)[:limit])
    if ids:
        Coupon.objects.filter(merchant_id=merchant.id, id__in=ids, state="issued").update(state="expired")
    return ids[-1] if len(ids) == limit else None


def _batch(merchant: MerchantFacts, batch_id: UUID) -> CouponBatch:
    batch = CouponBatch.objects.filter(merchant_id=merchant.id, id=batch_id).first()
    if batch is None:
        raise Missing("coupon_batch_not_found")
    return batch


def _coupon(
    merchant: MerchantFacts,
    batch: CouponBatch,
    *,
    member_id: UUID | None,
    source_id: UUID | None,
    at: datetime,
    days: tuple[date, date | None],
) -> Coupon:
    code = new_typed_code()
    return Coupon(
        merchant_id=merchant.id,
        id=new_id(),
        batch_id=batch.id,
        member_id=member_id,
        source_id=source_id,
        code_hmac=keyed_hash(merchant.id, code),
        code_encrypted=encrypt(code),
        max_uses=batch.max_uses,
        valid_from=days[0],
        valid_until=days[1],
        issued_at=at,
    )


# --- at the till -------------------------------------------------------------------------------------------------


def lock_coupons(
    *,
    merchant: MerchantFacts,
    codes: Sequence[str],
    member_id: UUID | None,
    quote_id: UUID | None,
    at: datetime,
    today: date,
    lock: bool = True,
) -> list[LockedCoupon]:
    """The shown codes in the order shown, rows locked in id order (`lock=False` for a quote that holds nothing).

    Unknown, foreign and malformed codes alike come back refused with `coupon_unknown`.
    """
    if not codes:
        return []
    hashes = {keyed_hash(merchant.id, normalise_code(code)): code for code in codes}
    rows = Coupon.objects.filter(merchant_id=merchant.id, code_hmac__in=list(hashes)).order_by("id")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = {hashes[bytes(row.code_hmac)]: row for row in rows.select_related("batch")}
    mine = _settle_reservations(found.values(), quote_id=quote_id, at=at, write=lock)
    return [_locked(code, found.get(code), member_id=member_id, mine=mine, today=today) for code in codes]


def _settle_reservations(rows: Iterable[Coupon], *, quote_id: UUID | None, at: datetime, write: bool) -> set[UUID]:
    """Takes lapsed reservations off the rows' counts; returns the coupons that `quote_id` itself still holds."""
    held = {row.id: row for row in rows if row.reserved}
    if not held:
        return set()
    merchant_id = next(iter(held.values())).merchant_id
    open_ones = CouponReservation.objects.filter(
        merchant_id=merchant_id, coupon_id__in=list(held), state="open"
    ).order_by("id")
    mine: set[UUID] = set()
    lapsed: list[UUID] = []
    for reservation in open_ones:
        if quote_id is not None and reservation.quote_id == quote_id and reservation.reserved_until > at:
            mine.add(reservation.coupon_id)
        elif reservation.reserved_until <= at:
            lapsed.append(reservation.id)
            held[reservation.coupon_id].reserved -= 1
    if lapsed and write:
        CouponReservation.objects.filter(merchant_id=merchant_id, id__in=lapsed).update(state="released")
        for row in held.values():
            Coupon.objects.filter(merchant_id=merchant_id, id=row.id).update(reserved=row.reserved)
    return mine


def _locked(code: str, row: Coupon | None, *, member_id: UUID | None, mine: set[UUID], today: date) -> LockedCoupon:
    if row is None:
        return LockedCoupon(code, None, None, "coupon_unknown")
    here = row.id in mine
    refusal = coupon_refusal(state_of(row, free_from=1 if here else 0), member_id=member_id, today=today)
    return LockedCoupon(code, row.id, row.batch.promotion_id, refusal, here, row.source_id)


def reserve_coupons(
    *, merchant: MerchantFacts, coupon_ids: Sequence[UUID], quote_id: UUID, till_id: UUID, until: datetime
) -> None:
    """Sets a use of each locked coupon aside for a quote; the caller has checked that each is usable."""
    Coupon.objects.filter(merchant_id=merchant.id, id__in=list(coupon_ids)).update(reserved=F("reserved") + 1)
    CouponReservation.objects.bulk_create(
        [
            CouponReservation(
                merchant_id=merchant.id, coupon_id=coupon_id, quote_id=quote_id, till_id=till_id, reserved_until=until
            )
            for coupon_id in sorted(coupon_ids)
        ]
    )


def release_coupons(*, merchant: MerchantFacts, quote_id: UUID, used: Sequence[UUID] = ()) -> None:
    """Ends the quote's reservations: those in `used` became uses, the others are free again."""
    open_ones = CouponReservation.objects.filter(merchant_id=merchant.id, quote_id=quote_id, state="open")
    coupon_ids = sorted(open_ones.values_list("coupon_id", flat=True))
    if not coupon_ids:
        return
    list(Coupon.objects.select_for_update().filter(merchant_id=merchant.id, id__in=coupon_ids).order_by("id"))
    ended = open_ones.filter(coupon_id__in=used).update(state="used")
    ended += open_ones.exclude(coupon_id__in=used).update(state="released")
    if ended:
        Coupon.objects.filter(merchant_id=merchant.id, id__in=coupon_ids).update(
            reserved=Greatest(F("reserved") - 1, 0)
        )


def commit_coupons(
    *,
    merchant: MerchantFacts,
    coupons: Sequence[LockedCoupon],
    quote_id: UUID | None,
    discounts: Mapping[str, int],
    sale_id: UUID,
    member_id: UUID | None,
    sale_amount: int,
    at: datetime,
    over: bool = False,
) -> None:
    """Books one use of each coupon that applied; `discounts` by code. The rows are locked by `lock_coupons`.

    `over`: the customer had paid and the code is used up: the use is kept apart, flagged, outside the counters.
    """
    used = [coupon for coupon in coupons if coupon.coupon_id is not None]
    if not used:
        return
    if quote_id is not None and any(coupon.reserved_here for coupon in used):
        release_coupons(
            merchant=merchant, quote_id=quote_id, used=[c.coupon_id for c in used if c.coupon_id and c.reserved_here]
        )
    numbers = {} if over else _count_up(merchant, used)
    CouponRedemption.objects.bulk_create(
        [
            CouponRedemption(
                merchant_id=merchant.id,
                coupon_id=coupon.coupon_id,
                sale_id=sale_id,
                member_id=member_id,
                use_no=numbers.get(coupon.coupon_id),
                over=over,
                discount_amount=discounts.get(coupon.code, 0),
                sale_amount=sale_amount,
                redeemed_at=at,
            )
            for coupon in used
            if coupon.coupon_id is not None
        ]
    )


_COUNT_UP: Final = """
UPDATE rewards_coupon SET committed = committed + 1
WHERE merchant_id = %s AND id = ANY(%s::uuid[]) AND committed + reserved < max_uses
RETURNING id
"""


def _count_up(merchant: MerchantFacts, used: Sequence[LockedCoupon]) -> dict[UUID, int]:
    """The guarded UPDATE; the number of each use is the lowest one not standing, so a reinstated number is reused."""
    ids = sorted(c.coupon_id for c in used if c.coupon_id)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_UP, [merchant.id, ids])
        counted = {row[0] for row in cursor.fetchall()}
    refused = [c for c in used if c.coupon_id not in counted]
    if refused:
        raise CouponNotUsable(coupons=[{"code": c.code, "reason": "usage_limit_reached"} for c in refused])
    taken: dict[UUID, set[int]] = {coupon_id: set() for coupon_id in ids}
    standing = CouponRedemption.objects.filter(
        merchant_id=merchant.id, coupon_id__in=ids, over=False, reinstated_at__isnull=True
    )
    for coupon_id, use_no in standing.values_list("coupon_id", "use_no"):
        taken[coupon_id].add(use_no or 0)
    return {
        coupon_id: next(number for number in range(1, len(numbers) + 2) if number not in numbers)
        for coupon_id, numbers in taken.items()
    }


def reinstate_coupons(*, merchant: MerchantFacts, sale_id: UUID, at: datetime) -> None:
    """A voided sale gives its coupons back; whether they are still valid their own days decide."""
    uses = list(
        CouponRedemption.objects.filter(merchant_id=merchant.id, sale_id=sale_id, reinstated_at__isnull=True).order_by(
            "coupon_id"
        )
    )
    counted = [use.coupon_id for use in uses if not use.over]
    if not uses:
        return
    list(Coupon.objects.select_for_update().filter(merchant_id=merchant.id, id__in=counted).order_by("id"))
    CouponRedemption.objects.filter(merchant_id=merchant.id, id__in=[use.id for use in uses]).update(reinstated_at=at)
    Coupon.objects.filter(merchant_id=merchant.id, id__in=counted).update(committed=F("committed") - 1)
