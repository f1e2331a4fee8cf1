"""Requests of members about their own data: those that wait, those that are over, those of one member."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q

from common.errors import Missing
from members.facts import (
    ConsentMethod,
    DataRequestFacts,
    DataRequestKind,
    DataRequestState,
    IdentityCheck,
    RequestAsker,
)
from members.models import DataRequest
from merchants.facts import MerchantFacts

_OPEN: Final = DataRequestState.OPEN.value


class DataRequestNotFound(Missing):
    """This merchant has no such request."""

    code = "data_request_not_found"


def data_request(*, merchant: MerchantFacts, request_id: UUID) -> DataRequestFacts:
    """Return the request. Raises DataRequestNotFound."""
    row = DataRequest.objects.filter(merchant_id=merchant.id, id=request_id).first()
    if row is None:
        raise DataRequestNotFound
    return data_request_facts(row)


def open_data_requests(
    *, merchant: MerchantFacts, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[DataRequestFacts]:
    """Return requests that wait, the one due first at the top; continued after the (due_at, id) of the last one."""
    rows = DataRequest.objects.filter(merchant_id=merchant.id, state=_OPEN)
    if after is not None:
        rows = rows.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], id__gt=after[1]))
    return [data_request_facts(row) for row in rows.order_by("due_at", "id")[:limit]]


def closed_data_requests(
    *, merchant: MerchantFacts, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[DataRequestFacts]:
    """Return requests that are over, newest first; continued after the (closed_at, id) of the last one."""
    rows = DataRequest.objects.filter(merchant_id=merchant.id, closed_at__isnull=False)
    if after is not None:
        rows = rows.filter(Q(closed_at__lt=after[0]) | Q(closed_at=after[0], id__lt=after[1]))
    return [data_request_facts(row) for row in rows.order_by("-closed_at", "-id")[:limit]]


def count_data_requests(*, merchant: MerchantFacts, is_open: bool) -> int:
    """Return how many requests wait, or how many are over."""
    return DataRequest.objects.filter(merchant_id=merchant.id, closed_at__isnull=is_open).count()


def data_requests_of_member(*, merchant: MerchantFacts, member_id: UUID) -> list[DataRequestFacts]:
    """Return the requests of one member, newest first."""
    rows = DataRequest.objects.filter(merchant_id=merchant.id, member_id=member_id)
    return [data_request_facts(row) for row in rows.order_by("-recorded_at", "-id")]


def data_request_facts(row: DataRequest) -> DataRequestFacts:
    """Return the facts of a row."""
    return DataRequestFacts(
        id=row.id,
        member_id=row.member_id,
        kind=DataRequestKind(row.kind),
        asker=RequestAsker(row.asker),
        method=ConsentMethod(row.method),
        identity=IdentityCheck(row.identity),
        recorded_by=row.recorded_by,
        received_at=row.received_at,
        recorded_at=row.recorded_at,
        due_at=row.due_at,
        stopped_at=row.stopped_at,
        state=DataRequestState(row.state),
        done=row.done,
        ground=row.ground,
        note=row.note,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
    )
