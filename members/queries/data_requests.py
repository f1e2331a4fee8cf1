"""Requests of members about their own data: those that wait, those that are over, those of one member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q

from common.errors import Missing
from common.named_rows import rows_naming
from members.facts import (
    ConsentMethod,
    DataRequestFacts,
    DataRequestKind,
    DataRequestState,
    IdentityCheck,
    RequestAsker,
)
from members.models import DataRequest, Member
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


def due_erasures(*, merchant: MerchantFacts, recorded_before: datetime) -> list[UUID]:
    """Return the requests for erasure that were recorded before that instant and wait, the oldest first."""
    rows = DataRequest.objects.filter(
        merchant_id=merchant.id, state=_OPEN, kind=DataRequestKind.ERASURE.value, recorded_at__lt=recorded_before
    )
    return list(rows.order_by("recorded_at", "id").values_list("id", flat=True))


def open_erasure(*, merchant: MerchantFacts, member_id: UUID) -> UUID | None:
    """Return the member's request for erasure that waits; None without one."""
    rows = DataRequest.objects.filter(
        merchant_id=merchant.id, member_id=member_id, state=_OPEN, kind=DataRequestKind.ERASURE.value
    )
    return rows.values_list("id", flat=True).first()


def records_of_person(*, merchant: MerchantFacts, member_id: UUID) -> dict[UUID, tuple[str, str | None, str | None]]:
    """Return name, phone and e-mail of the member and of every record that was merged into it, by id."""
    rows = Member.objects.filter(Q(id=member_id) | Q(merged_into_id=member_id), merchant_id=merchant.id)
    found = rows.order_by("id").values_list("id", "name", "phone", "email")
    return {record_id: (name, phone, email) for record_id, name, phone, email in found}


def members_written_of(*, merchant: MerchantFacts, texts: Sequence[str]) -> list[UUID]:
    """Return the members of whom notes or own fields hold one of the texts, sorted."""
    named = rows_naming(Member, merchant_id=merchant.id, columns=["notes", "attributes"], texts=texts)
    return list(named.exclude(notes="", attributes={}).order_by("id").values_list("id", flat=True))


def codes_of_person(*, merchant: MerchantFacts, member_id: UUID) -> list[str]:
    """Return the numbers and codes by which the member, and what was merged into it, are known outside."""
    rows = Member.objects.filter(Q(id=member_id) | Q(merged_into_id=member_id), merchant_id=merchant.id)
    found = rows.order_by("id").values_list("number", "referral_code", "external_ref")
    return [code for codes in found for code in codes if code]


def erased_since(*, merchant: MerchantFacts, member_id: UUID) -> datetime | None:
    """Return when the member was erased; None for one who was not, or for no member."""
    rows = Member.objects.filter(merchant_id=merchant.id, id=member_id)
    return rows.values_list("erased_at", flat=True).first()


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
