"""Receipts as they are replayed: in batches by day and time, with their lines, two statements each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import connection

from merchants.facts import MerchantFacts
from rewards.engine.facts import Bill, CouponResult, Line, Measure
from sales.facts import PastPurchase, PastReceipt, PastReturn

Cursor = tuple[date, datetime, str]

_FIELDS: Final = """
    id::text, reference, member_id::text, outlet_id::text, occurred_at, business_date, subtotal_amount,
    discount_amount, points_earned, points_redeemed, points_balance, tax_amount, service_amount, tip_amount,
    rounding_amount, prices_include_tax, prices_include_service"""
# Voided receipts were no sales. The stored outcome is read only where codes can have been used: it is large.
_FORWARD: Final = """
    SELECT {fields}, {codes} FROM sales_sale
    WHERE merchant_id = %(merchant)s AND business_date BETWEEN %(from)s AND %(last)s AND status <> 'voided'
      AND (business_date, occurred_at, id) > (%(from)s, %(at)s, %(id)s::uuid)
    ORDER BY business_date, occurred_at, id LIMIT %(limit)s"""
_BACKWARD: Final = """
    SELECT {fields}, {codes} FROM sales_sale
    WHERE merchant_id = %(merchant)s AND status <> 'voided' AND subtotal_amount > 0
      AND business_date <= %(until)s
    ORDER BY business_date DESC, occurred_at DESC, id DESC LIMIT %(limit)s"""
_CODES: Final = "(outcome -> 'coupons')::text"
_LINES: Final = """
    SELECT sale.n, line.line_id, line.sku, line.name, line.category, line.quantity, line.unit_amount, line.cost_amount,
           line.returned_quantity, line.measured_value, line.measured_unit, line.tax_amount, line.service_amount
    FROM unnest(%(sales)s::uuid[]) WITH ORDINALITY AS sale (id, n)
    JOIN sales_saleline AS line ON line.merchant_id = %(merchant)s AND line.sale_id = sale.id
    ORDER BY sale.n, line.position"""


def past_receipts(
    *,
    merchant: MerchantFacts,
    first: date,
    last: date,
    after: Cursor | None = None,
    limit: int = 2_000,
    with_codes: bool = True,
) -> list[PastReceipt]:
    """Return the next receipts of the business days `first` to `last`, oldest first, after the one `after` names."""
    on, at, sale_id = after or (first, datetime.min.replace(tzinfo=UTC), "00000000-0000-0000-0000-000000000000")
    values = {"merchant": merchant.id, "from": on, "last": last, "at": at, "id": sale_id, "limit": limit}
    return _read_receipts(merchant, _FORWARD, values, with_codes=with_codes)


def latest_receipts(*, merchant: MerchantFacts, until: date, limit: int) -> list[PastReceipt]:
    """Return the last receipts over 0 up to the day `until`, newest first; a wrong date in a file is no future."""
    values = {"merchant": merchant.id, "until": until, "limit": limit}
    return _read_receipts(merchant, _BACKWARD, values, with_codes=False)


def receipt_count(*, merchant: MerchantFacts, first: date, last: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM sales_sale WHERE merchant_id = %s AND business_date BETWEEN %s AND %s "
            "AND status <> 'voided'",
            [merchant.id, first, last],
        )
        return int(cursor.fetchone()[0])


def _read_receipts(
    merchant: MerchantFacts, statement: str, values: dict[str, Any], *, with_codes: bool
) -> list[PastReceipt]:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(fields=_FIELDS, codes=_CODES if with_codes else "NULL"), values)
        rows = cursor.fetchall()
        cursor.execute(_LINES, {"merchant": merchant.id, "sales": [row[0] for row in rows]})
        lines = _lines_by_number(cursor.fetchall())
    return [
        PastReceipt._make((*row[:11], _used_codes(row[17]), *lines.get(number, ((), ())), _read_bill(row[11:17])))
        for number, row in enumerate(rows, start=1)
    ]


def _read_bill(columns: Sequence[Any]) -> Bill | None:
    """Return what the till sent beside the goods; None where it sent none."""
    return Bill(*columns) if any(columns[:4]) else None


def _lines_by_number(rows: Iterable[tuple[Any, ...]]) -> dict[int, tuple[tuple[Line, ...], tuple[int, ...]]]:
    """Return the lines of each receipt, and the units of each that came back: () where none did."""
    found: dict[int, list[Line]] = {}
    returned: dict[int, list[int]] = {}
    for number, line_id, sku, name, category, quantity, unit_amount, cost_amount, back, measured, unit, *bill in rows:
        measure = Measure(measured, unit) if unit else None
        tax, service = (amount or None for amount in bill)
        line = Line(line_id, sku, name, quantity, unit_amount, category or None, cost_amount, measure, tax, service)
        known = found.get(number)
        if known is None:
            found[number], returned[number] = [line], [back]
        else:
            known.append(line)
            returned[number].append(back)
    return {
        number: (tuple(lines), tuple(returned[number]) if any(returned[number]) else ())
        for number, lines in found.items()
    }


def _used_codes(coupons: str | None) -> tuple[tuple[str, str], ...]:
    if coupons is None or len(coupons) < 3:
        return ()
    shown = (CouponResult(**coupon) for coupon in json.loads(coupons))
    return tuple((one.code, one.promotion_id) for one in shown if one.status == "applied" and one.promotion_id)


_RETURNS: Final = """
    SELECT sale.member_id::text, refund.received_at, sale.business_date,
           refund.goods_amount + refund.spend_change_amount, refund.points_reversed,
           sale.refunded_amount >= sale.total_amount AND refund.id = (
               SELECT last.id FROM sales_refund AS last
               WHERE last.merchant_id = sale.merchant_id AND last.sale_id = sale.id
               ORDER BY last.received_at DESC, last.id DESC LIMIT 1)
    FROM sales_refund AS refund
    JOIN sales_sale AS sale ON sale.merchant_id = refund.merchant_id AND sale.id = refund.sale_id
    WHERE refund.merchant_id = %(merchant)s AND sale.merchant_id = %(merchant)s AND sale.member_id IS NOT NULL
      AND sale.business_date BETWEEN %(first)s AND %(last)s AND sale.status <> 'voided'
    ORDER BY refund.received_at, refund.id"""


def past_returns(*, merchant: MerchantFacts, first: date, last: date) -> list[PastReturn]:
    """Return the returns of members' sales of the days `first` to `last`, in the order in which they were received."""
    with connection.cursor() as cursor:
        cursor.execute(_RETURNS, {"merchant": merchant.id, "first": first, "last": last})
        return [PastReturn(*row) for row in cursor.fetchall()]


def purchases_before(
    *, merchant: MerchantFacts, member_ids: Sequence[str], since: date, before: date
) -> list[PastPurchase]:
    """Return the members' purchases of the days from `since` up to, not including, `before`, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member_id::text, business_date, net_amount, points_earned, is_purchase FROM sales_spend "
            "WHERE merchant_id = %s AND member_id = ANY(%s::uuid[]) AND business_date >= %s AND business_date < %s "
            "ORDER BY business_date, sale_id",
            [merchant.id, list(member_ids), since, before],
        )
        return [PastPurchase(*row) for row in cursor.fetchall()]


def purchase_counts_before(*, merchant: MerchantFacts, member_ids: Sequence[str], before: date) -> dict[str, int]:
    """Count the purchases each had made before that day; members without any are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member_id::text, count(*) FROM sales_purchase WHERE merchant_id = %s "
            "AND member_id = ANY(%s::uuid[]) AND business_date < %s AND is_purchase GROUP BY member_id",
            [merchant.id, list(member_ids), before],
        )
        return dict(cursor.fetchall())
