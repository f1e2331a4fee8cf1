"""Batches of coupons: how many codes exist, what became of them, and the codes for anyone who may print them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from common.errors import Missing
from common.secrets import decrypt, keyed_hash, normalise_code
from common.word_searches import holds_words
from merchants.facts import MerchantFacts
from rewards.coupons.facts import BatchFacts, BatchFigures, CouponStory, CouponUse
from rewards.coupons.models import Coupon, CouponBatch, CouponRedemption
from rewards.coupons.queries.coupons import facts_of
from rewards.coupons.rules import giving_refusal
from rewards.promotions.queries import offers_in_force

MOST_USES_SHOWN: Final = 50
MOST_OFFERED: Final = 100


_BATCHES: Final = """
SELECT b.id, b.promotion_id, b.title, b.kind, b.state, b.ordered, b.made, b.max_uses, b.valid_until, b.created_at,
       b.job_id, b.approval_id, b.valid_days, v.definition, s.code_encrypted
FROM rewards_couponbatch b
JOIN LATERAL (SELECT definition FROM rewards_promotionversion
              WHERE merchant_id = %(merchant)s AND promotion_id = b.promotion_id ORDER BY number DESC LIMIT 1) v ON true
LEFT JOIN LATERAL (SELECT code_encrypted FROM rewards_coupon
                   WHERE merchant_id = %(merchant)s AND batch_id = b.id AND b.kind = 'shared' LIMIT 1) s ON true
WHERE b.merchant_id = %(merchant)s AND (%(ids)s::uuid[] IS NULL OR b.id = ANY(%(ids)s::uuid[]))
      AND (%(after)s::uuid IS NULL OR b.id < %(after)s)
      AND (%(kinds)s::text[] IS NULL OR b.kind = ANY(%(kinds)s))
ORDER BY b.id DESC LIMIT %(limit)s
"""


def batch_page(
    *, merchant: MerchantFacts, kinds: Sequence[str] | None = None, after: UUID | None = None, limit: int = 50
) -> list[BatchFacts]:
    """Return the merchant's batches, newest first; `after` is the last id of the page before."""
    return _read_batches(merchant, ids=None, kinds=list(kinds) if kinds else None, after=after, limit=limit)


def batches_titled(*, merchant: MerchantFacts, text: str, limit: int) -> list[tuple[UUID, str]]:
    """Return (id, title) of batches whose title has every word of the text, newest first."""
    rows = CouponBatch.objects.filter(holds_words("title", text), merchant_id=merchant.id)
    return list(rows.order_by("-id").values_list("id", "title")[:limit])


def coupon_batch(*, merchant: MerchantFacts, batch_id: UUID) -> BatchFacts:
    """Return one batch. Raises Missing('coupon_batch_not_found')."""
    found = batches_by_id(merchant=merchant, batch_ids=[batch_id])
    if not found:
        raise Missing("coupon_batch_not_found")
    return found[batch_id]


def batches_by_id(*, merchant: MerchantFacts, batch_ids: Collection[UUID]) -> dict[UUID, BatchFacts]:
    """Return those of the batches that exist, in one statement; none for nothing."""
    ids = sorted(set(batch_ids))
    found = _read_batches(merchant, ids=ids, kinds=None, after=None, limit=len(ids)) if ids else []
    return {one.id: one for one in found}


def offers_to_give(
    *, merchant: MerchantFacts, at: datetime, today: date, kinds: Sequence[str] = ("issued", "codes")
) -> list[BatchFacts]:
    """Return the newest offers of which one member can be given a coupon now, at most 100.

    Left out is what is cancelled, still being made, past its last day, or whose promotion does not run; and shared
    codes, which are no one's own.
    """
    found = batch_page(merchant=merchant, kinds=kinds, limit=MOST_OFFERED)
    refused = giving_refusals(merchant=merchant, batches=found, at=at, given_on=today)
    return [one for one in found if one.id not in refused]


def giving_refusals(
    *, merchant: MerchantFacts, batches: Sequence[BatchFacts], at: datetime, given_on: date
) -> dict[UUID, str]:
    """Return why no coupon of these batches can be given, as `giving_refusal` says; those that can be are left out."""
    running = offers_in_force(merchant=merchant, promotion_ids=[one.promotion_id for one in batches], at=at)
    refusals = {
        one.id: giving_refusal(one, is_running=one.promotion_id in running, given_on=given_on) for one in batches
    }
    return {batch_id: refusal for batch_id, refusal in refusals.items() if refusal is not None}


def _read_batches(merchant: MerchantFacts, **values: Any) -> list[BatchFacts]:
    with connection.cursor() as cursor:
        cursor.execute(_BATCHES, {"merchant": merchant.id, **values})
        return [_make_batch_facts(row) for row in cursor.fetchall()]


def _make_batch_facts(row: Sequence[Any]) -> BatchFacts:
    *columns, definition, copy = row
    offer = definition if isinstance(definition, dict) else json.loads(definition)
    names = (
        "id",
        "promotion_id",
        "title",
        "kind",
        "state",
        "ordered",
        "made",
        "max_uses",
        "valid_until",
        "created_at",
        "job_id",
        "approval_id",
        "valid_days",
    )
    return BatchFacts(**dict(zip(names, columns, strict=True)), offer=offer, shared_text=decrypt(copy) if copy else "")


# Codes made in advance share their last day, so that only those that something happened to have to be looked at.
_FIGURES: Final = """
WITH wanted AS (
    SELECT b.id, b.kind, b.state, b.made, b.valid_until, CASE WHEN EXISTS (
        SELECT 1 FROM jsonb_array_elements(v.definition #> '{when,hours}') span
        WHERE span->>'to' < span->>'from' AND %(clock)s < span->>'to'
              AND coalesce(nullif(v.definition #> '{when,weekdays}', '[]') @> to_jsonb(%(weekday)s::int), true))
        THEN least(%(today)s, %(evening)s) ELSE %(today)s END AS day
    FROM rewards_couponbatch b
    JOIN LATERAL (SELECT definition FROM rewards_promotionversion
                  WHERE merchant_id = %(merchant)s AND promotion_id = b.promotion_id AND starts_at <= %(at)s
                  ORDER BY starts_at DESC, number DESC LIMIT 1) v ON true
    WHERE b.merchant_id = %(merchant)s AND b.id = ANY(%(ids)s::uuid[])),
rows AS (
    SELECT c.batch_id, c.id, c.committed, c.reserved, c.state, c.valid_until FROM rewards_coupon c
    WHERE c.merchant_id = %(merchant)s AND c.batch_id IN (SELECT id FROM wanted WHERE kind = 'codes')
          AND (c.committed > 0 OR c.reserved > 0 OR c.state IN ('cancelled', 'blocked'))
    UNION ALL
    SELECT c.batch_id, c.id, c.committed, c.reserved, c.state, c.valid_until FROM rewards_coupon c
    WHERE c.merchant_id = %(merchant)s AND c.batch_id IN (SELECT id FROM wanted WHERE kind <> 'codes')
),
counted AS (
    SELECT rows.batch_id, count(*) AS seen, count(*) FILTER (WHERE committed > 0) AS used, sum(committed) AS uses,
           count(*) FILTER (WHERE committed = 0 AND rows.state IN ('cancelled', 'blocked')) AS cancelled,
           count(*) FILTER (WHERE committed = 0 AND rows.state NOT IN ('cancelled', 'blocked')
                                  AND (rows.state = 'expired' OR rows.valid_until < wanted.day)) AS expired
    FROM rows JOIN wanted ON wanted.id = rows.batch_id GROUP BY rows.batch_id
),
held AS (
    SELECT r.batch_id, count(*) AS reserved FROM rows r
    JOIN rewards_couponreservation h ON h.merchant_id = %(merchant)s AND h.coupon_id = r.id
    WHERE r.reserved > 0 AND h.state = 'open' AND h.reserved_until > %(at)s GROUP BY r.batch_id
),
spent AS (
    SELECT r.batch_id, sum(u.discount_amount) AS discount, sum(u.sale_amount) AS sales FROM rows r
    JOIN rewards_couponredemption u ON u.merchant_id = %(merchant)s AND u.coupon_id = r.id AND u.reinstated_at IS NULL
    WHERE r.committed > 0 GROUP BY r.batch_id
)
SELECT w.id, CASE WHEN w.kind = 'codes' THEN w.made ELSE coalesce(c.seen, 0) END AS issued,
       coalesce(h.reserved, 0), coalesce(c.used, 0), coalesce(c.uses, 0),
       CASE WHEN w.kind = 'codes' AND w.valid_until < w.day
            THEN w.made - coalesce(c.used, 0) - coalesce(c.cancelled, 0) ELSE coalesce(c.expired, 0) END,
       coalesce(c.cancelled, 0), coalesce(s.discount, 0), coalesce(s.sales, 0), w.state
FROM wanted w LEFT JOIN counted c ON c.batch_id = w.id LEFT JOIN held h ON h.batch_id = w.id
LEFT JOIN spent s ON s.batch_id = w.id
"""


def batch_figures(
    *, merchant: MerchantFacts, batch_ids: Sequence[UUID], at: datetime, today: date
) -> dict[UUID, BatchFigures]:
    """Return what happened to each batch's coupons, in one statement; hours past midnight by the merchant's clock."""
    wall = at.astimezone(ZoneInfo(merchant.timezone))
    evening = wall.date() - timedelta(days=1)
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "ids": list(batch_ids),
        "at": at,
        "today": today,
        "clock": f"{wall:%H:%M}",
        "evening": evening,
        "weekday": evening.isoweekday(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, values)
        rows = cursor.fetchall()
    figures = {}
    for batch_id, *counts, state in rows:
        issued, reserved, used, uses, expired, cancelled, discount, sales = (int(count) for count in counts)
        if state == "cancelled":
            expired, cancelled, reserved = 0, issued - used, 0
        figures[batch_id] = BatchFigures(issued, reserved, used, uses, expired, cancelled, discount, sales)
    return figures


def codes_of_batch(
    *, merchant: MerchantFacts, batch_id: UUID, after: UUID | None, limit: int, unused_only: bool = False
) -> list[tuple[UUID, str, str]]:
    """Return (id, code, state) of the next coupons by id; the caller must be allowed to read codes."""
    rows = Coupon.objects.filter(merchant_id=merchant.id, batch_id=batch_id)
    if after is not None:
        rows = rows.filter(id__gt=after)
    if unused_only:
        rows = rows.filter(committed=0, state="issued")
    found = rows.order_by("id").values_list("id", "code_encrypted", "state", "committed")[:limit]
    return [(coupon_id, decrypt(copy), "used" if used else state) for coupon_id, copy, state, used in found]


def coupon_story(
    *, merchant: MerchantFacts, at: datetime, today: date, code: str = "", coupon_id: UUID | None = None
) -> CouponStory:
    """Return one coupon by its exact code or by its id. Raises Missing('coupon_not_found')."""
    rows = Coupon.objects.select_related("batch", "batch__promotion").filter(merchant_id=merchant.id)
    wanted = {"id": coupon_id} if coupon_id else {"code_hmac": keyed_hash(merchant.id, normalise_code(code))}
    row = rows.filter(**wanted).first()
    if row is None:
        raise Missing("coupon_not_found")
    uses = CouponRedemption.objects.filter(merchant_id=merchant.id, coupon_id=row.id).order_by("-redeemed_at", "-id")
    return CouponStory(
        coupon=facts_of(row, merchant=merchant, at=at, today=today),
        batch_id=row.batch_id,
        batch_kind=row.batch.kind,
        state=row.state,
        issued_at=row.issued_at,
        uses=tuple(
            CouponUse(use.sale_id, use.redeemed_at, use.discount_amount, use.over, use.reinstated_at)
            for use in uses[:MOST_USES_SHOWN]
        ),
    )


def uses_of_coupons(*, merchant: MerchantFacts, coupon_ids: Collection[UUID]) -> dict[UUID, CouponUse]:
    """Return the last use of each coupon that has one; one statement for any number."""
    rows = CouponRedemption.objects.filter(merchant_id=merchant.id, coupon_id__in=coupon_ids)
    return {
        row.coupon_id: CouponUse(row.sale_id, row.redeemed_at, row.discount_amount, row.over, row.reinstated_at)
        for row in rows.order_by("redeemed_at", "id")
    }
