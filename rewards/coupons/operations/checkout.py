"""Coupons at a sale: `lock_coupons` before evaluation (rows by id, so that two tills never wait crosswise), then
`commit_coupons` for those that applied. Capacity that a lapsed reservation held is free for anyone who holds the lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F, Q

from common.errors import Refusal
from common.secrets import keyed_hash, normalise_code
from merchants.facts import MerchantFacts
from rewards.coupons.models import Coupon, CouponRedemption, CouponReservation
from rewards.coupons.queries import evenings_of, state_of
from rewards.coupons.rules import coupon_refusal, is_only_used_up
from rewards.engine.facts import CouponClaim
from rewards.gift_cards.queries import known_gift_card_codes


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
    is_personal: bool = False
    """Issued to one member, who is the only one that may use it."""
    is_only_used_up: bool = False
    """Refused only because its uses are taken or held: a sale that is paid has it all the same."""

    @property
    def claim(self) -> CouponClaim:
        return CouponClaim(
            code=self.code,
            promotion_id=str(self.promotion_id) if self.promotion_id else None,
            usable=self.refusal is None,
            reason=self.refusal,
        )

    @property
    def paid_claim(self) -> CouponClaim:
        """Return it as the till of a sale that is paid believed it: a use that others took meanwhile does not count."""
        return replace(self.claim, usable=True, reason=None) if self.is_only_used_up else self.claim


def lock_coupons(
    *,
    merchant: MerchantFacts,
    codes: Sequence[str],
    member_id: UUID | None,
    quote_id: UUID | None,
    at: datetime,
    today: date,
    local_at: datetime,
    lock: bool = True,
    also_ids: Collection[UUID] = (),
) -> list[LockedCoupon]:
    """Lock the shown codes' rows in id order; return them in the order shown (`lock=False`: plain quote).

    Those of `also_ids`, which the quote of a sale holds, are locked with them, though they may not be shown any more.
    Unknown, foreign and malformed codes alike come back refused with `coupon_unknown`, a gift card's with
    `coupon_is_gift_card`. `local_at` is the outlet's local time of the sale: hours past midnight go by it.
    """
    if not (codes or also_ids):
        return []
    hashes = [keyed_hash(merchant.id, normalise_code(code)) for code in codes]
    wanted = Q(code_hmac__in=hashes) | Q(id__in=list(also_ids)) if also_ids else Q(code_hmac__in=hashes)
    rows = Coupon.objects.filter(wanted, merchant_id=merchant.id).order_by("id")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = {bytes(row.code_hmac): row for row in rows.select_related("batch")}
    mine = _settle_reservations(found.values(), quote_id=quote_id, at=at, write=lock)
    coupons = [(row, row.batch.promotion_id) for row in found.values()]
    evenings = evenings_of(merchant=merchant, coupons=coupons, at=at, today=today, local_at=local_at)
    unknown = [code for code, code_hash in zip(codes, hashes, strict=True) if code_hash not in found]
    gift_cards = known_gift_card_codes(merchant=merchant, codes=unknown)
    locked: list[LockedCoupon] = []
    for code, code_hash in zip(codes, hashes, strict=True):
        row = found.get(code_hash)
        if row is None:
            locked.append(
                LockedCoupon(code, None, None, "coupon_is_gift_card" if code in gift_cards else "coupon_unknown")
            )
            continue
        coupon = _lock_coupon(code, row, member_id=member_id, mine=mine, today=today, evenings=evenings)
        again = any(other.coupon_id == coupon.coupon_id for other in locked)
        locked.append(LockedCoupon(code, None, None, "not_combinable") if again else coupon)
    return locked


def _settle_reservations(rows: Iterable[Coupon], *, quote_id: UUID | None, at: datetime, write: bool) -> set[UUID]:
    """Take lapsed reservations off the rows' counts; return the coupons that `quote_id` itself still holds."""
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


def _lock_coupon(
    code: str,
    row: Coupon,
    *,
    member_id: UUID | None,
    mine: set[UUID],
    today: date,
    evenings: Mapping[UUID, date],
) -> LockedCoupon:
    here = row.id in mine
    state = state_of(row, free_from=1 if here else 0, evening=evenings.get(row.batch.promotion_id))
    return LockedCoupon(
        code,
        row.id,
        row.batch.promotion_id,
        coupon_refusal(state, member_id=member_id, today=today),
        here,
        row.source_id,
        is_personal=row.member_id is not None,
        is_only_used_up=is_only_used_up(state, member_id=member_id, today=today),
    )


def reserve_coupons(
    *, merchant: MerchantFacts, coupon_ids: Sequence[UUID], quote_id: UUID, till_id: UUID, until: datetime
) -> None:
    """Set a use of each locked coupon aside for a quote; the caller has checked that each is usable."""
    Coupon.objects.filter(merchant_id=merchant.id, id__in=list(coupon_ids)).update(reserved=F("reserved") + 1)
    CouponReservation.objects.bulk_create(
        [
            CouponReservation(
                merchant_id=merchant.id, coupon_id=coupon_id, quote_id=quote_id, till_id=till_id, reserved_until=until
            )
            for coupon_id in sorted(coupon_ids)
        ]
    )


# Counted down by the rows that ended here: a lapsed one may have been ended by another till since it was read.
_END_RESERVATIONS: Final = """
WITH ended AS (
    UPDATE rewards_couponreservation
    SET state = CASE WHEN coupon_id = ANY(%(used)s::uuid[]) THEN 'used' ELSE 'released' END
    WHERE merchant_id = %(merchant)s AND quote_id = %(quote)s AND state = 'open'
    RETURNING coupon_id
)
UPDATE rewards_coupon c SET reserved = c.reserved - gone.reservations
FROM (SELECT coupon_id, count(*) AS reservations FROM ended GROUP BY coupon_id) AS gone
WHERE c.merchant_id = %(merchant)s AND c.id = gone.coupon_id
"""


def release_coupons(*, merchant: MerchantFacts, quote_id: UUID, used: Sequence[UUID] = ()) -> None:
    """End the quote's reservations: those in `used` became uses, the others are free again."""
    open_ones = CouponReservation.objects.filter(merchant_id=merchant.id, quote_id=quote_id, state="open")
    coupon_ids = sorted(open_ones.values_list("coupon_id", flat=True))
    if not coupon_ids:
        return
    list(Coupon.objects.select_for_update().filter(merchant_id=merchant.id, id__in=coupon_ids).order_by("id"))
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"merchant": merchant.id, "quote": quote_id, "used": list(used)}
        cursor.execute(_END_RESERVATIONS, values)


def coupon_is_held(*, merchant: MerchantFacts, coupon: Coupon, at: datetime) -> bool:
    """Return whether some quote holds a use of it now. The row is locked by the caller."""
    held = CouponReservation.objects.filter(merchant_id=merchant.id, coupon_id=coupon.id, state="open")
    return coupon.reserved > 0 and held.filter(reserved_until__gt=at).exists()


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
    """Book one use of each coupon that applied; `discounts` by code. The rows are locked by `lock_coupons`.

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
RETURNING id, committed
"""
# The use's own count where no one has that number; else one of the uses before it was given back and left a gap.
_USE_NO: Final = """
SELECT n FROM (SELECT %s::int AS n UNION ALL SELECT generate_series(1, %s::int)) AS numbers
WHERE NOT EXISTS (SELECT 1 FROM rewards_couponredemption r WHERE r.merchant_id = %s AND r.coupon_id = %s
                  AND r.use_no = n AND NOT r.over AND r.reinstated_at IS NULL)
LIMIT 1
"""


def _count_up(merchant: MerchantFacts, used: Sequence[LockedCoupon]) -> dict[UUID, int]:
    """Count up by a guarded UPDATE; return a number of its own for each use. A reinstated number is used again."""
    ids = [c.coupon_id for c in used if c.coupon_id]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_UP, [merchant.id, ids])
        counted: dict[UUID, int] = dict(cursor.fetchall())
        refused = [c for c in used if c.coupon_id not in counted]
        if refused:
            raise CouponNotUsable(coupons=[{"code": c.code, "reason": "usage_limit_reached"} for c in refused])
        numbers = {}
        for coupon_id, count in counted.items():
            cursor.execute(_USE_NO, [count, count, merchant.id, coupon_id])
            numbers[coupon_id] = cursor.fetchone()[0]
    return numbers


def lock_coupons_of_sale(*, merchant: MerchantFacts, sale_id: UUID) -> None:
    """Lock all coupons that the sale used or brought, by id: before a void locks any account."""
    uses = CouponRedemption.objects.filter(merchant_id=merchant.id, sale_id=sale_id, reinstated_at__isnull=True)
    brought = Coupon.objects.filter(merchant_id=merchant.id, issued_sale_id=sale_id)
    ids = {*uses.values_list("coupon_id", flat=True), *brought.values_list("id", flat=True)}
    if ids:
        list(Coupon.objects.select_for_update().filter(merchant_id=merchant.id, id__in=ids).order_by("id"))


def lock_coupons_of_sales(
    *, merchant: MerchantFacts, sale_ids: Collection[UUID], codes: Sequence[str], also_ids: Collection[UUID]
) -> set[UUID]:
    """All coupons that the sales used or brought, those of the codes and of `also_ids`, by id, in one statement.

    Return the promotions behind them.
    """
    uses = CouponRedemption.objects.filter(merchant_id=merchant.id, sale_id__in=sale_ids, reinstated_at__isnull=True)
    brought = Coupon.objects.filter(merchant_id=merchant.id, issued_sale_id__in=sale_ids)
    ids = {*uses.values_list("coupon_id", flat=True), *brought.values_list("id", flat=True), *also_ids}
    hashes = [keyed_hash(merchant.id, normalise_code(code)) for code in codes]
    if not (ids or hashes):
        return set()
    rows = Coupon.objects.select_for_update(of=("self",)).filter(
        Q(id__in=ids) | Q(code_hmac__in=hashes), merchant_id=merchant.id
    )
    return {row.batch.promotion_id for row in rows.select_related("batch").order_by("id")}


_GIVE_BACK_USES: Final = """
WITH given AS (
    UPDATE rewards_couponredemption r SET reinstated_at = %(at)s
    FROM rewards_coupon c JOIN rewards_couponbatch b ON b.merchant_id = c.merchant_id AND b.id = c.batch_id
    WHERE r.merchant_id = %(merchant)s AND r.sale_id = %(sale)s AND r.reinstated_at IS NULL
      AND c.merchant_id = r.merchant_id AND c.id = r.coupon_id AND b.promotion_id <> ALL(%(stay_used)s::uuid[])
    RETURNING r.coupon_id, r.over, b.promotion_id
), counted AS (
    UPDATE rewards_coupon c SET committed = c.committed - gone.uses
    FROM (SELECT coupon_id, count(*) AS uses FROM given WHERE NOT over GROUP BY coupon_id) AS gone
    WHERE c.merchant_id = %(merchant)s AND c.id = gone.coupon_id
)
SELECT DISTINCT promotion_id FROM given
"""


def reinstate_coupons(
    *, merchant: MerchantFacts, sale_id: UUID, at: datetime, stay_used: Collection[UUID] = ()
) -> frozenset[UUID]:
    """Give back the coupons of a sale of which nothing is left, except those of the promotions in `stay_used`.

    Whether they are still valid their own days decide. Returns the promotions whose coupons came back. The coupons
    were locked by `lock_coupons_of_sale`.
    """
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"at": at, "merchant": merchant.id, "sale": sale_id, "stay_used": list(stay_used)}
        cursor.execute(_GIVE_BACK_USES, values)
        return frozenset(row[0] for row in cursor.fetchall())
