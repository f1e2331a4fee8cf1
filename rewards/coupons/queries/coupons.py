"""Coupons as people see them: by member, by code, by the campaign that gave them out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from common.errors import Missing
from common.rows import columns_of, row_of
from common.secrets import decrypt, keyed_hash, normalise_code
from merchants.facts import MerchantFacts
from rewards.coupons.facts import CouponCheck, CouponFacts, GivenCoupon, SourceCoupon, StampCardFacts
from rewards.coupons.models import Coupon, CouponReservation
from rewards.coupons.rules import CouponState, coupon_refusal, coupon_status
from rewards.engine import began_earlier
from rewards.promotions.queries import live_promotions, offers_in_force


def _coupons_of(merchant: MerchantFacts) -> QuerySet[Coupon]:
    return Coupon.objects.select_related("batch", "batch__promotion").filter(merchant_id=merchant.id)


# Written out because every sale's answer lists them.
_OF_MEMBER = f"""
    SELECT {columns_of(Coupon, "c")}, b.title, b.promotion_id, b.state, p.kind, CASE WHEN c.reserved > 0 THEN (
        SELECT max(r.reserved_until) FROM rewards_couponreservation r
        WHERE r.merchant_id = %s AND r.coupon_id = c.id AND r.state = 'open' AND r.reserved_until > %s) END
    FROM rewards_coupon c
    JOIN rewards_couponbatch b ON b.merchant_id = %s AND b.id = c.batch_id
    JOIN rewards_promotion p ON p.merchant_id = %s AND p.id = b.promotion_id
    WHERE c.merchant_id = %s AND c.member_id = %s ORDER BY c.issued_at DESC, c.id DESC LIMIT 100"""  # noqa: S608
_COUPONS_AND_STAMPS = f"""
    SELECT (SELECT json_agg(json_build_array(s.card_id, s.title, s.progress, s.threshold) ORDER BY s.title, s.card_id)
            FROM rewards_stampcard s WHERE s.merchant_id = %s AND s.member_id = %s)::text, owned.*
    FROM (VALUES (1)) one LEFT JOIN LATERAL ({_OF_MEMBER}) owned ON true"""  # noqa: S608


def coupons_of_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime, today: date) -> list[CouponFacts]:
    """The member's coupons, usable ones first; used-up and expired ones stay for 30 days of history."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_MEMBER, [merchant.id, at, merchant.id, merchant.id, merchant.id, member_id])
        rows = cursor.fetchall()
    return usable_first(_owned_coupons(rows, merchant=merchant, at=at, today=today))


def coupons_and_stamps(
    *, merchant: MerchantFacts, member_id: UUID, at: datetime, today: date
) -> tuple[list[CouponFacts], list[StampCardFacts]]:
    """Return what `coupons_of_member` says, and the stamp cards, the fullest first; one statement for every sale."""
    with connection.cursor() as cursor:
        cursor.execute(
            _COUPONS_AND_STAMPS,
            [merchant.id, member_id, merchant.id, at, merchant.id, merchant.id, merchant.id, member_id],
        )
        rows = cursor.fetchall()
    cards = json.loads(rows[0][0] or "[]")
    stamps = [StampCardFacts(UUID(card_id), title, have, need) for card_id, title, have, need in cards]
    coupons = _owned_coupons([row for _, *row in rows if row[0] is not None], merchant=merchant, at=at, today=today)
    return usable_first(coupons), fullest_first(stamps)


def usable_first(coupons: Sequence[CouponFacts]) -> list[CouponFacts]:
    return sorted(coupons, key=lambda coupon: coupon.status not in {"issued", "reserved"})


def fullest_first(cards: Sequence[StampCardFacts]) -> list[StampCardFacts]:
    return sorted(cards, key=lambda card: card.threshold - card.progress)


def _owned_coupons(
    rows: Iterable[Sequence[Any]], *, merchant: MerchantFacts, at: datetime, today: date
) -> list[CouponFacts]:
    """Return rows of `_OF_MEMBER`: the coupon, its batch's title, its promotion and how long it is reserved."""
    read = [(row_of(Coupon, row[:-5]), *row[-5:]) for row in rows]
    coupons = [(coupon, promotion_id) for coupon, _, promotion_id, *_ in read]
    evenings = evenings_of(merchant=merchant, coupons=coupons, at=at, today=today)
    return [
        _coupon_facts(
            coupon,
            title=title,
            kind=kind,
            promotion_id=promotion_id,
            batch_state=batch_state,
            until=until,
            today=today,
            evening=evenings.get(promotion_id),
        )
        for coupon, title, promotion_id, batch_state, kind, until in read
    ]


def evenings_of(
    *,
    merchant: MerchantFacts,
    coupons: Iterable[tuple[Coupon, UUID]],
    at: datetime,
    today: date,
    local_at: datetime | None = None,
) -> Mapping[UUID, date]:
    """Return, by promotion, the earlier day on which its hours began that still run; for coupons just past only.

    `coupons` are rows with their promotion; `local_at` is the outlet's local time, by default the merchant's.
    No statement unless the last day of one ended within two days.
    """
    just_past = {promotion_id for row, promotion_id in coupons if _is_just_past(row, today=today)}
    if not just_past:
        return {}
    wall = local_at or at.astimezone(ZoneInfo(merchant.timezone))
    offers = offers_in_force(merchant=merchant, promotion_ids=just_past, at=wall)
    # The calendar's day counts too where it is earlier: that of an outlet further west than the merchant's books.
    return {
        promotion_id: min(began_earlier(offer.when, wall) or wall.date(), wall.date())
        for promotion_id, offer in offers.items()
    }


def _is_just_past(row: Coupon, *, today: date) -> bool:
    last = row.valid_until
    return row.state == "issued" and last is not None and last < today <= last + timedelta(days=2)


def known_coupon_codes(*, merchant: MerchantFacts, codes: Collection[str]) -> set[str]:
    """Return those of the codes, as they were typed, that a coupon of the merchant has; no code, no statement."""
    if not codes:
        return set()
    hashes = {code: keyed_hash(merchant.id, normalise_code(code)) for code in codes}
    rows = Coupon.objects.filter(merchant_id=merchant.id, code_hmac__in=list(hashes.values()))
    found = {bytes(code_hmac) for code_hmac in rows.values_list("code_hmac", flat=True)}
    return {code for code, code_hash in hashes.items() if code_hash in found}


def coupon_by_id(
    *, merchant: MerchantFacts, coupon_id: UUID, at: datetime, today: date, local_at: datetime | None = None
) -> CouponFacts:
    """Return a coupon; `local_at`: the outlet's time, or the merchant's. Raises Missing('coupon_not_found')."""
    row = _coupons_of(merchant).filter(id=coupon_id).first()
    if row is None:
        raise Missing("coupon_not_found")
    return facts_of(row, merchant=merchant, at=at, today=today, local_at=local_at)


def check_code(*, merchant: MerchantFacts, code: str, at: datetime, today: date) -> CouponCheck:
    """Check whether a code can be used today; unknown, foreign and malformed ones answer `coupon_unknown`."""
    shown = normalise_code(code)
    row = _coupons_of(merchant).filter(code_hmac=keyed_hash(merchant.id, shown)).first()
    if row is None:
        return CouponCheck(code=code, usable=False, reason="coupon_unknown", coupon=None)
    evening = _evening_of(row, merchant=merchant, at=at, today=today)
    state = state_of(row, free_from=_count_lapsed(row, at=at), evening=evening)
    reason = coupon_refusal(state, member_id=row.member_id, today=today)
    if reason is None and not live_promotions(merchant=merchant, at=at, with_coupons=[row.batch.promotion_id]):
        reason = "expired"
    coupon = facts_of(row, merchant=merchant, at=at, today=today)
    return CouponCheck(code=code, usable=reason is None, reason=reason, coupon=coupon)


def _evening_of(
    row: Coupon, *, merchant: MerchantFacts, at: datetime, today: date, local_at: datetime | None = None
) -> date | None:
    promotion_id = row.batch.promotion_id
    coupons = [(row, promotion_id)]
    return evenings_of(merchant=merchant, coupons=coupons, at=at, today=today, local_at=local_at).get(promotion_id)


def state_of(row: Coupon, *, free_from: int = 0, evening: date | None = None) -> CouponState:
    """Return the state; needs `batch` selected. `free_from`: reservations that have lapsed no longer count."""
    return _state_of_coupon(row, batch_state=row.batch.state, free_from=free_from, evening=evening)


def _state_of_coupon(row: Coupon, *, batch_state: str, free_from: int = 0, evening: date | None = None) -> CouponState:
    state = "cancelled" if batch_state == "cancelled" else row.state
    if state == "cancelled" and row.committed >= row.max_uses:
        state = "issued"  # all its uses were made before: it reads as used
    return CouponState(
        state=state,
        member_id=row.member_id,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        uses_left=row.max_uses - row.committed - max(0, row.reserved - free_from),
        used=row.committed,
        reserved=max(0, row.reserved - free_from),
        max_uses=row.max_uses,
        evening=evening,
    )


def _count_lapsed(row: Coupon, *, at: datetime) -> int:
    if not row.reserved:
        return 0
    return CouponReservation.objects.filter(
        merchant_id=row.merchant_id, coupon_id=row.id, state="open", reserved_until__lte=at
    ).count()


def _reserved_until(row: Coupon, *, at: datetime) -> datetime | None:
    if not row.reserved:
        return None
    return (
        CouponReservation.objects.filter(
            merchant_id=row.merchant_id, coupon_id=row.id, state="open", reserved_until__gt=at
        )
        .order_by("-reserved_until")
        .values_list("reserved_until", flat=True)
        .first()
    )


def facts_of(
    row: Coupon, *, merchant: MerchantFacts, at: datetime, today: date, local_at: datetime | None = None
) -> CouponFacts:
    """Return the facts; needs `batch` and its promotion selected with the row."""
    return _coupon_facts(
        row,
        title=row.batch.title,
        kind=row.batch.promotion.kind,
        promotion_id=row.batch.promotion_id,
        batch_state=row.batch.state,
        until=_reserved_until(row, at=at),
        today=today,
        evening=_evening_of(row, merchant=merchant, at=at, today=today, local_at=local_at),
    )


def _coupon_facts(
    row: Coupon,
    *,
    title: str,
    kind: str,
    promotion_id: UUID,
    batch_state: str,
    until: datetime | None,
    today: date,
    evening: date | None,
) -> CouponFacts:
    state = _state_of_coupon(row, batch_state=batch_state, free_from=0 if until else row.reserved, evening=evening)
    return CouponFacts(
        id=row.id,
        code=decrypt(row.code_encrypted),
        title=title,
        kind=kind,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        uses_left=max(0, row.max_uses - row.committed),
        status=coupon_status(state, today=today),
        reserved_until=until,
        conditions=_conditions_of(row),
        member_id=row.member_id,
        promotion_id=promotion_id,
    )


def _conditions_of(row: Coupon) -> dict[str, Any]:
    return {"member_bound": row.member_id is not None, "max_uses": row.max_uses}


def issued_by_source(*, merchant: MerchantFacts, source_id: UUID) -> int:
    """Return how many coupons one campaign gave out, used or not."""
    return Coupon.objects.filter(merchant_id=merchant.id, source_id=source_id).count()


def coupons_given_by(
    *, merchant: MerchantFacts, source_id: UUID, today: date, after: UUID | None = None, limit: int = 50
) -> list[GivenCoupon]:
    """Return the coupons that `issued_by_source` counts, by id, behind `after`; without their codes."""
    rows = _coupons_of(merchant).filter(source_id=source_id)
    if after is not None:
        rows = rows.filter(id__gt=after)
    return [
        GivenCoupon(row.id, row.member_id, coupon_status(state_of(row), today=today), row.valid_until)
        for row in rows.order_by("id")[:limit]
    ]


def coupons_of_source(
    *, merchant: MerchantFacts, source_id: UUID, member_ids: Sequence[UUID]
) -> dict[tuple[UUID, str], SourceCoupon]:
    """Return the coupons that a source gave, by (member, occasion key); never log the codes."""
    rows = Coupon.objects.filter(
        merchant_id=merchant.id, source_id=source_id, member_id__in=list(member_ids), state="issued"
    ).values_list("member_id", "occasion_key", "code_encrypted", "batch__title", "valid_until")
    return {
        (member_id, occasion_key): SourceCoupon(decrypt(code), title, until)
        for member_id, occasion_key, code, title, until in rows
        if member_id is not None
    }


def holders_by_source(*, merchant: MerchantFacts, source_id: UUID) -> list[tuple[UUID, str]]:
    """Return (member, occasion key) of each coupon that one source gave to a member, used or not."""
    rows = Coupon.objects.filter(merchant_id=merchant.id, source_id=source_id, member_id__isnull=False).order_by("id")
    return [
        (member_id, occasion_key)
        for member_id, occasion_key in rows.values_list("member_id", "occasion_key")
        if member_id is not None
    ]
