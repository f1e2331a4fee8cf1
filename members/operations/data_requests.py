"""Requests of members about their own data: written down with who verified how, and closed with what was done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.errors import BadInput, Refusal
from members.facts import (
    ConsentSource,
    DataRequestDraft,
    DataRequestFacts,
    DataRequestKind,
    DataRequestState,
    RefusalGround,
    Topic,
    WhatWasDone,
)
from members.models import DataRequest
from members.operations.consents import withdraw_consent
from members.operations.purchases import lock_member
from members.operations.restrictions import restrict_member
from members.queries.data_requests import DataRequestNotFound, data_request_facts
from members.rules import BY_HAND, MAY_CLOSE, due_at
from members.wording import CONSENT_CHANNELS, field_error
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit


class DataRequestOpen(Refusal):
    """The member has asked for the same already, and it is not done yet: `request_id`."""

    code = "data_request_open"


class DataRequestClosed(Refusal):
    """The request is over; nothing was changed."""

    code = "data_request_closed"


class NotDoneByHand(Refusal):
    """This is no way to close a request of this kind."""

    code = "not_done_by_hand"


def record_data_request(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    draft: DataRequestDraft,
    actor: Actor,
    at: datetime,
    business_date: date,
) -> DataRequestFacts:
    """Write down what a member asks for, and until when it must be done.

    The time runs from the beginning of the day on which it came, if that was not today. A request for erasure stops
    all work with the data at once. Raises MemberNotFound, BadInput (/received_on), DataRequestOpen.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    if not member.joined_on <= draft.received_on <= business_date:
        raise BadInput([field_error("/received_on", "said_on_impossible")])
    received_at = at if draft.received_on == business_date else merchant.bounds_of(draft.received_on)[0]
    rows = DataRequest.objects.filter(merchant_id=merchant.id, member_id=member.id)
    known = rows.filter(kind=draft.kind.value, state=DataRequestState.OPEN.value).first()
    if known is not None:
        raise DataRequestOpen(request_id=known.id)
    is_erasure = draft.kind is DataRequestKind.ERASURE
    row = DataRequest.objects.create(
        merchant_id=merchant.id,
        member_id=member.id,
        kind=draft.kind.value,
        asker=draft.asker.value,
        method=draft.method.value,
        identity=draft.identity.value,
        recorded_by_id=actor.user_id,
        recorded_by=actor.label,
        received_at=received_at,
        recorded_at=at,
        due_at=due_at(draft.kind, received_at),
        stopped_at=at if is_erasure else None,
    )
    if is_erasure:
        restrict_member(merchant=merchant, member_id=member.id, actor=actor, at=at)
    _record_audit_of(merchant, row, action="data_request.recorded", actor=actor, at=at, after={"asked_for": row.kind})
    return data_request_facts(row)


def close_data_request(
    *, merchant: MerchantFacts, request_id: UUID, done: WhatWasDone, note: str, actor: Actor, at: datetime
) -> DataRequestFacts:
    """Close a request with what staff did. Raises DataRequestNotFound, DataRequestClosed, NotDoneByHand."""
    row = lock_data_request(merchant=merchant, request_id=request_id)
    if done not in BY_HAND & MAY_CLOSE[DataRequestKind(row.kind)]:
        raise NotDoneByHand
    return write_done(merchant=merchant, row=row, done=done, note=note, actor=actor, at=at)


def refuse_data_request(
    *, merchant: MerchantFacts, request_id: UUID, ground: RefusalGround, note: str, actor: Actor, at: datetime
) -> DataRequestFacts:
    """Refuse a request on one of the grounds that the law knows. Raises DataRequestNotFound, DataRequestClosed."""
    row = lock_data_request(merchant=merchant, request_id=request_id)
    return _write_outcome(
        merchant,
        row,
        actor=actor,
        at=at,
        state=DataRequestState.REFUSED.value,
        ground=ground.value,
        note=note.strip()[:300],
    )


def carry_out_data_request(
    *, merchant: MerchantFacts, request_id: UUID, actor: Actor, at: datetime
) -> DataRequestFacts:
    """Withdraw every consent, or stop the work with the data, and close the request with it.

    Raises DataRequestNotFound, DataRequestClosed, NotDoneByHand for a request of another kind.
    """
    row = lock_data_request(merchant=merchant, request_id=request_id)
    kind = DataRequestKind(row.kind)
    if kind is DataRequestKind.WITHDRAWAL:
        for channel in sorted(set(CONSENT_CHANNELS.values())):
            withdraw_consent(
                merchant=merchant,
                member_id=row.member_id,
                source=ConsentSource.STAFF,
                at=at,
                topic=Topic.PROMO,
                channel=channel,
                actor=actor,
            )
        done = WhatWasDone.CONSENT_WITHDRAWN
    elif kind is DataRequestKind.RESTRICTION:
        restrict_member(merchant=merchant, member_id=row.member_id, actor=actor, at=at)
        done = WhatWasDone.RESTRICTED
    else:
        raise NotDoneByHand
    return write_done(merchant=merchant, row=row, done=done, note="", actor=actor, at=at)


def lock_data_request(*, merchant: MerchantFacts, request_id: UUID) -> DataRequest:
    """Lock an open request behind its member, as all writes about a member do.

    Raises DataRequestNotFound, DataRequestClosed.
    """
    rows = DataRequest.objects.filter(merchant_id=merchant.id, id=request_id)
    seen = rows.first()
    if seen is None:
        raise DataRequestNotFound
    lock_member(merchant=merchant, member_id=seen.member_id)
    row = rows.select_for_update().get()
    if row.state != DataRequestState.OPEN.value:
        raise DataRequestClosed
    return row


def write_done(
    *, merchant: MerchantFacts, row: DataRequest, done: WhatWasDone, note: str, actor: Actor, at: datetime
) -> DataRequestFacts:
    """Close a locked request with what was done."""
    return _write_outcome(
        merchant,
        row,
        actor=actor,
        at=at,
        state=DataRequestState.DONE.value,
        done=done.value,
        note=note.strip()[:300],
    )


def _write_outcome(
    merchant: MerchantFacts, row: DataRequest, *, actor: Actor, at: datetime, **columns: Any
) -> DataRequestFacts:
    columns |= {"closed_at": at, "closed_by_id": actor.user_id, "closed_by": actor.label}
    DataRequest.objects.filter(merchant_id=merchant.id, id=row.id).update(**columns)
    after = {"asked_for": row.kind} | {name: columns[name] for name in ("done", "ground") if columns.get(name)}
    _record_audit_of(merchant, row, action="data_request.closed", actor=actor, at=at, after=after)
    row.refresh_from_db()
    return data_request_facts(row)


def _record_audit_of(
    merchant: MerchantFacts, row: DataRequest, *, action: str, actor: Actor, at: datetime, after: dict[str, Any]
) -> None:
    record_audit(
        merchant=merchant,
        actor=actor,
        action=action,
        at=at,
        subject=("member", row.member_id),
        after={**after, "request": row.id},
    )
