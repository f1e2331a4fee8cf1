"""What a till recorded while it was offline, sent together: each item commits alone, as if it had come by itself.

An item goes the way of the request that it is: the same body, the same fingerprint, the same key space. So what
was sent alone before, with the same key, is not done again, and the other way round.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import override
from rest_framework.request import Request

from common.errors import BadInput, FieldError, TemporarilyUnavailable
from common.text import clean_reference
from merchants.facts import MissingNumbers, NumberedItem, TillFacts
from merchants.operations import TerminalNumberTaken
from merchants.queries import count_answered, missing_numbers, till_of
from merchants.tenancy import disk_waits_put_off, merchant_scope, wait_for_disk
from pos_integration.batch_items import (
    BatchItemSerializer,
    BatchSerializer,
    RefundItemSerializer,
    VoidItemSerializer,
    body_with_time,
    order_of,
)
from pos_integration.json_text import MalformedPart, write_json
from pos_integration.pipeline import REPLAYED, Call, SentAnswer, content_digest
from pos_integration.presence import note_seen
from pos_integration.problems import ProblemError, problem_body, problem_status
from pos_integration.retries import run_retrying
from pos_integration.serializers import EnrolSerializer, SaleSerializer, StrictSerializer
from pos_integration.till_clock import read_till_clock
from pos_integration.traces import leave_trace
from pos_integration.views.base import CommandView, TillView, make_response, read_body, read_data
from pos_integration.views.members import MembersView
from pos_integration.views.sales import SaleRefundsView, SalesView, SaleVoidView
from sales.rules import CLOCK_UNKNOWN_WARNINGS, believed_time

ONLINE_WITHIN: Final = timedelta(minutes=2)
"""What happened so shortly before it came was not sold offline: it is treated as if it had come alone."""
LONGEST_SECONDS: Final = 20.0
"""Items that are not begun by then are left to the next batch, so that one till does not keep a thread for long."""
ADDRESS: Final = "batches"


@dataclass(frozen=True)
class Twin:
    """The request that an operation is; `address` is its route below the one of all."""

    view: type[CommandView]
    serializer: type[StrictSerializer]
    address: str


TWINS: Final[Mapping[str, Twin]] = {
    "enrol": Twin(MembersView, EnrolSerializer, "members"),
    "sale": Twin(SalesView, SaleSerializer, "sales"),
    "refund": Twin(SaleRefundsView, RefundItemSerializer, "sales/<str:reference>/refunds"),
    "void": Twin(SaleVoidView, VoidItemSerializer, "sales/<str:reference>/void"),
}


@dataclass
class BatchItem:
    """One item at its place in the batch: its fields and itself as written, and how it was answered in the end."""

    written: Any
    fields: dict[str, Any]
    answer: SentAnswer
    problem: str = ""

    @property
    def waits_for_sale(self) -> bool:
        return self.problem == "sale_not_found"


class BatchesView(TillView):
    http_method_names = ["post"]
    scopes = {"POST": "record_sales"}
    serializer_class = BatchSerializer

    def post(self, request: Request) -> HttpResponse:
        call = self.call_of(request)
        call.device_at = read_till_clock(request.META)
        with override(call.language):
            sent = read_body(request, BatchSerializer, entries="items")
            call.known_till = run_retrying(lambda: _read_till(call))
            device_id = sent.get("device_id", "")
            items = [self._read_item(call, written) for written in sent["items"]]
            with disk_waits_put_off():
                self._carry_out_all(call, device_id, items)
            _leave_trace_of_taken(call, items)
            missing = run_retrying(lambda: _confirm_and_read_missing(call, device_id))
        note_seen(call.credential)
        return make_response(SentAnswer(200, _write_results(items, missing)))

    def _read_item(self, call: Call, written: Any) -> BatchItem:
        """Read the envelope alone; what is wrong in it is the item's answer."""
        try:
            if isinstance(written, MalformedPart):
                raise ProblemError("malformed_json", reason=written.reason)
            fields = read_data(written, BatchItemSerializer)
        except ProblemError as problem:
            return BatchItem(written, {}, _write_problem(call, problem), problem.code)
        return BatchItem(written, fields, _write_problem(call, ProblemError("temporarily_unavailable")))

    def _carry_out_all(self, call: Call, device_id: str, items: Iterable[BatchItem]) -> None:
        """Carry out what can be, as it happened; then once more what came before the sale that it names."""
        until = time.monotonic() + LONGEST_SECONDS
        waiting = sorted((item for item in items if item.fields), key=lambda item: order_of(item.fields))
        for _ in range(2):
            for item in waiting:
                if time.monotonic() < until:
                    self._carry_out(call, device_id, item)
            waiting = [item for item in waiting if item.waits_for_sale]

    def _carry_out(self, call: Call, device_id: str, item: BatchItem) -> None:
        """Do one item in a transaction of its own; whatever goes wrong is its answer, and no other item's."""
        twin = TWINS[item.fields["operation"]]
        try:
            data = read_data(body_with_time(item.fields, item.written), twin.serializer, pointer="/body")
            item.answer = self._answer_as_twin(call, device_id, item, twin, data)
            item.problem = ""
        except Exception as error:
            problem = self.explain(_point_into_body(error))
            item.answer, item.problem = _write_problem(call, problem), problem.code

    def _answer_as_twin(
        self, call: Call, device_id: str, item: BatchItem, twin: Twin, data: dict[str, Any]
    ) -> SentAnswer:
        path = {}
        if "reference" in twin.address:
            del data["reference"]
            path = {"reference": item.fields["body"]["reference"]}
        numbered = _number_item(device_id, item.fields, path, data)
        of_item = replace(
            call,
            path=path,
            item=numbered,
            has_time_of_item=item.fields["body"].get("occurred_at") is None,
            is_paid=numbered.operation == "sale" and _is_paid(call, data),
            unknown_codes=(),
        )
        view = twin.view()
        view.credential = self.credential
        route = self.route().removesuffix(ADDRESS) + twin.address
        return view.answer(of_item, data, key=item.fields["idempotency_key"], address=("POST", route))


def _point_into_body(error: Exception) -> Exception:
    """Return the error with its pointers as they lie in an item, whose body is one of its fields."""
    if not isinstance(error, BadInput):
        return error
    return BadInput([FieldError(f"/body{one.pointer}", one.code, one.message) for one in error.errors])


def _is_paid(call: Call, data: Mapping[str, Any]) -> bool:
    """Return whether the customer had paid before we heard of it: it did not happen just now, by a clock we believe."""
    believed = believed_time(data["occurred_at"], call.received_at, call.device_at)
    if any(warning.code in CLOCK_UNKNOWN_WARNINGS for warning in believed.warnings):
        return True
    return believed.at < call.received_at - ONLINE_WITHIN


def _number_item(
    device_id: str, fields: Mapping[str, Any], path: Mapping[str, str], data: Mapping[str, Any]
) -> NumberedItem:
    """Return the number with what it means; a code that proves who is there may be another one the next time."""
    content = {name: value for name, value in data.items() if name != "verification_code"}
    said = {"operation": fields["operation"], "path": dict(path), "body": content}
    return NumberedItem(
        device_id=device_id,
        number=fields["terminal_seq"],
        fingerprint=content_digest(said),
        operation=fields["operation"],
        reference=clean_reference(path.get("reference", data.get("reference", ""))),
    )


def _write_problem(call: Call, problem: ProblemError) -> SentAnswer:
    return SentAnswer(problem_status(problem), problem_body(problem, call.language))


def _read_till(call: Call) -> TillFacts:
    with merchant_scope(call.merchant.id):
        return till_of(call.credential)


def _confirm_and_read_missing(call: Call, device_id: str) -> MissingNumbers:
    """Wait once until all items are on the disk, then return the numbers that never came.

    Raises TemporarilyUnavailable where the server crashed in between and an answered item is gone: the till sends the
    batch again, and what is still there is answered as it was.
    """
    with merchant_scope(call.merchant.id):
        wait_for_disk()
        if count_answered(merchant=call.merchant, claim_ids=call.kept_claims) < len(call.kept_claims):
            raise TemporarilyUnavailable
        return missing_numbers(merchant=call.merchant, till_id=call.credential.till_id, device_id=device_id)


def _leave_trace_of_taken(call: Call, items: Iterable[BatchItem]) -> None:
    """Leave one audit entry when numbers came with other content: two devices count as one."""
    if any(item.problem == TerminalNumberTaken.code for item in items):
        leave_trace(
            call.credential,
            "till.number_conflict",
            at=call.received_at,
            reason="one number of a till came with two contents",
        )


def _write_results(items: Iterable[BatchItem], missing: MissingNumbers) -> str:
    """Write the answer around the items' own, which are JSON already; in the order of the request."""
    results = ",".join(_write_result(item) for item in items)
    rest: dict[str, Any] = {"missing_seq": list(missing.numbers)}
    if missing.has_more:
        rest["missing_more"] = True
    return f'{{"results":[{results}],{write_json(rest)[1:]}'


def _write_result(item: BatchItem) -> str:
    said = item.written.get("idempotency_key") if isinstance(item.written, dict) else None
    head = write_json(
        {
            "idempotency_key": said if isinstance(said, str) else None,
            "status": item.answer.status,
            "replayed": REPLAYED in item.answer.headers,
        }
    )
    return f'{head[:-1]},"body":{item.answer.text or "null"}}}'
