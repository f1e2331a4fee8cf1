"""Reads of the request log: a till's requests newest first, or one of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from common.errors import Missing
from merchants.facts import LoggedRequestFacts, MerchantFacts, RequestFilter, TillLook
from merchants.models import LoggedRequest

LOOKED_AT: Final = 2_000
"""Of so many latest requests the kinds of calls are gathered, for the filter's choices."""
_STATUSES: Final = {"done": (0, 400), "refused": (400, 500), "failed": (500, 600)}
_LISTED: Final = (
    "id",
    "till_id",
    "key_prefix",
    "at",
    "method",
    "route",
    "address",
    "status",
    "milliseconds",
    "problem_code",
    "idempotency_key",
    "reference",
    "replayed",
    "request_bytes",
    "answer_bytes",
)


def logged_requests(
    *,
    merchant: MerchantFacts,
    till_id: UUID,
    filters: RequestFilter,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[LoggedRequestFacts]:
    """Return the till's requests newest first, without bodies, after the (at, id) of the last one seen."""
    rows = _narrowed_requests(LoggedRequest.objects.filter(merchant_id=merchant.id, till_id=till_id), filters)
    if after is not None:
        rows = rows.filter(Q(at__lt=after[0]) | Q(at=after[0], id__lt=after[1]), at__lte=after[0])
    return [LoggedRequestFacts(**row) for row in rows.order_by("-at", "-id").values(*_LISTED)[:limit]]


def logged_request(*, merchant: MerchantFacts, request_id: UUID) -> LoggedRequestFacts:
    """Return one request with its bodies. Raises Missing('request_not_found')."""
    row = (
        LoggedRequest.objects.filter(merchant_id=merchant.id, id=request_id)
        .values(*_LISTED, "request_body", "answer_body", "is_whole")
        .first()
    )
    if row is None:
        raise Missing("request_not_found")
    return LoggedRequestFacts(**row)


def kinds_of_calls(*, merchant: MerchantFacts, till_id: UUID) -> list[tuple[str, str]]:
    """Return (method, route) of what the till asked lately, by route."""
    rows = LoggedRequest.objects.filter(merchant_id=merchant.id, till_id=till_id).order_by("-at", "-id")
    latest = rows.values_list("method", "route")[:LOOKED_AT]
    return sorted(set(latest), key=lambda call: (call[1], call[0]))


_IDS_NAMED: Final = """
    SELECT DISTINCT (regexp_matches(r.address || ' ' || r.request_body || ' ' || r.answer_body, %(form)s, 'g'))[1]::uuid
    FROM merchants_loggedrequest r
    WHERE r.merchant_id = %(merchant)s AND r.till_id = %(till)s AND r.at >= %(since)s AND r.at <= %(until)s
      AND r.status < 400"""
_UUID: Final = "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"


def ids_named_in_requests(*, merchant: MerchantFacts, till_id: UUID, since: datetime, until: datetime) -> set[UUID]:
    """Return every id that the till named or was answered in the time, of whatever it is; the log keeps 30 days."""
    given: dict[str, Any] = {"merchant": merchant.id, "till": till_id, "since": since, "until": until, "form": _UUID}
    with connection.cursor() as cursor:
        cursor.execute(_IDS_NAMED, given)
        return {row[0] for row in cursor.fetchall()}


_LOOKED_AT: Final = """
    SELECT r.till_id, (r.at AT TIME ZONE %(zone)s)::date AS on_day, count(*), min(r.at), max(r.at)
    FROM merchants_loggedrequest r
    WHERE r.merchant_id = %(merchant)s AND r.status < 400
      AND (position(%(member)s in r.answer_body) > 0 OR position(%(member)s in r.address) > 0
           OR position(%(member)s in r.request_body) > 0)
    GROUP BY 1, 2 ORDER BY max(r.at) DESC, 1"""


def tills_that_looked(*, merchant: MerchantFacts, member_id: UUID) -> list[TillLook]:
    """Return which tills asked for the member or were answered them, per day, newest first; the log keeps 30 days."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOKED_AT, {"merchant": merchant.id, "member": str(member_id), "zone": merchant.timezone})
        return [TillLook(*row) for row in cursor.fetchall()]


def _narrowed_requests(rows: QuerySet[LoggedRequest], filters: RequestFilter) -> QuerySet[LoggedRequest]:
    if filters.status:
        low, high = _STATUSES[filters.status]
        rows = rows.filter(status__gte=low, status__lt=high)
    if filters.route:
        rows = rows.filter(method=filters.method, route=filters.route)
    if filters.number:
        rows = rows.filter(
            Q(reference=filters.number) & ~Q(reference="") | Q(idempotency_key=filters.number) & ~Q(idempotency_key="")
        )
    if filters.key_prefix:
        rows = rows.filter(key_prefix=filters.key_prefix)
    if filters.since is not None:
        rows = rows.filter(at__gte=filters.since)
    if filters.until is not None:
        rows = rows.filter(at__lt=filters.until)
    return rows
