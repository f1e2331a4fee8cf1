"""The road of one POST: parse, validate, fingerprint, open the scope, claim the key, do the work, store the answer.

Everything from the claim to the stored answer is one transaction. A refusal of the program (409) undoes the work
back to the savepoint and is stored like any answer; every other problem undoes the key too, so the same request
may be sent again. docs/api.md has the table.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from common.errors import Missing, Refusal
from merchants.facts import (
    ClaimedKeyFacts,
    MerchantFacts,
    NumberedItem,
    StoredAnswer,
    TillCredential,
    TillFacts,
)
from merchants.operations import claim_key, claim_terminal_number, store_answer, store_numbered_answer
from merchants.queries import stored_status, till_of
from merchants.tenancy import merchant_scope, refusable, wait_for_disk
from pos_integration.fields import UUID_TEXT
from pos_integration.json_text import canonical_json, write_json
from pos_integration.problems import ProblemError, problem_body, problem_of, problem_status
from pos_integration.retries import run_retrying

REPLAYED: Final = "Idempotency-Replayed"
REFUSED: Final = 409
_KEY: Final = re.compile(r'"([A-Za-z0-9_-]{16,64})"|([A-Za-z0-9_-]{16,64})')
_FINGERPRINT_VERSION: Final = "1"


@dataclass
class Call:
    """One authenticated request, or one item of a batch, on its way to a domain call.

    `device_at` is the till's clock, if a POST says it. It is no part of a request's fingerprint: a repeat is the same
    request whatever the clock says by then. `is_paid`: a sale that the customer has paid, so that no limit refuses it.
    `item` is the number of an item of a batch.
    """

    credential: TillCredential
    language: str
    received_at: datetime
    path: Mapping[str, str]
    query: Mapping[str, Any] = field(default_factory=dict)
    device_at: datetime | None = None
    is_paid: bool = False
    item: NumberedItem | None = None
    has_time_of_item: bool = False
    """The item's body says no time of its own: sent alone, while there was a line, it may have come without one."""
    kept_claims: set[UUID] = field(default_factory=set)
    """The claims of the keys whose answers a batch tells."""
    known_till: TillFacts | None = None
    unknown_codes: Sequence[str] = ()
    """The codes of this request that nothing of the merchant has; the throttle counts them."""
    unchecked_codes: Collection[str] = frozenset()
    """The codes of this paid sale that no one may look at: the till has tried too many, and these can be guessed."""
    is_member_unknown: bool = False
    """A paid sale names a member whom no one is known by; the throttle counts that, too."""
    withholds_member: bool = False
    """The till has asked for too many unknown members: of this paid sale it does not learn whether one is known."""
    counted_identifiers: set[str] = field(default_factory=set)
    """The unknown identifiers of the batch that have been counted: asked again, they tell nothing more."""
    asked_contacts: int = 0
    """How many phones and addresses a change of a member asked about; the throttle counts each, known or not."""
    closed_codes_of: UUID | None = None
    """The member whose card page's codes this request closed by one wrong code too many."""
    closed_name_searches: bool = False
    """Whether this request was one search by name too many."""

    @property
    def merchant(self) -> MerchantFacts:
        return self.credential.merchant

    @property
    def till(self) -> TillFacts:
        """Return the till with its outlet; reads one row in the open scope, once."""
        if self.known_till is None:
            self.known_till = till_of(self.credential)
        return self.known_till

    def path_id(self, name: str, code: str) -> UUID:
        """Return an id in the path; what is no UUID does not exist: Missing(code)."""
        if not UUID_TEXT.fullmatch(self.path[name]):
            raise Missing(code)
        return UUID(self.path[name])


@dataclass(frozen=True)
class Answer:
    """A success. `natural`: the receipt was known already under another key."""

    status: int
    body: Mapping[str, Any] | None
    natural: bool = False


@dataclass(frozen=True)
class SentAnswer:
    """What goes over the wire: status, JSON text (empty for 204), headers."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


Work = Callable[[Call, dict[str, Any]], Answer]
LookUp = Callable[[Call, dict[str, Any], bool], Answer | None]
"""Finds what a refused request has become since; the flag: it was recorded under its key when it was paid."""


def read_key(header: str | None) -> str:
    """Return the key without quotes. Raises the two 400 problems of a missing and a malformed key."""
    if not header:
        raise ProblemError("idempotency_key_missing")
    match = _KEY.fullmatch(header.strip())
    if match is None:
        raise ProblemError("idempotency_key_malformed")
    return match[1] or match[2]


def content_digest(data: Mapping[str, Any]) -> bytes:
    """Return 32 bytes of the validated body; the same content under another key has the same ones."""
    return hashlib.sha256(canonical_json(dict(data))).digest()


def request_fingerprint(*, method: str, route: str, path: Mapping[str, str], data: Mapping[str, Any]) -> bytes:
    """Return 32 bytes of everything a repeat must have in common with the first request."""
    address = {"version": _FINGERPRINT_VERSION, "method": method, "route": route, "path": dict(path)}
    return hashlib.sha256(canonical_json({**address, "body": dict(data)})).digest()


def run_read(call: Call, work: Callable[[Call], Mapping[str, Any]]) -> SentAnswer:
    """Run a GET: one scope, nothing written."""

    def attempt() -> SentAnswer:
        with merchant_scope(call.merchant.id):
            return SentAnswer(200, write_json(work(call)))

    return run_retrying(attempt)


def run_unstored(call: Call, data: dict[str, Any], work: Work) -> SentAnswer:
    """Run a POST that only asks: a repeat asks again, a refusal undoes whatever was touched."""

    def attempt() -> SentAnswer:
        try:
            with merchant_scope(call.merchant.id):
                return _write_answer(work(call, data))
        except Refusal as refusal:
            return _write_refusal(refusal, call.language)

    return run_retrying(attempt)


def run_stored(
    call: Call, data: dict[str, Any], work: Work, *, key: str, prints_of_request: Sequence[bytes], find_done: LookUp
) -> SentAnswer:
    """Run a POST with an effect: exactly once per key, and the answer kept with it.

    Its first fingerprint is kept; the key may have come before with any of them. What was refused, and has been done
    all the same in the meantime (`find_done`), is answered as it is now.
    """

    def attempt() -> tuple[UUID, SentAnswer]:
        with merchant_scope(call.merchant.id):
            claim = _claim_for(call, key, prints_of_request)
            if isinstance(claim, StoredAnswer):
                sent = _answer_again(call, data, claim, key, find_done)
                if call.item is None:
                    # A batch may have done it a moment ago, and has not waited for the disk yet.
                    wait_for_disk()
                else:
                    claim_terminal_number(status=sent.status, **_number_of(call, call.item))
            else:
                sent = _carry_out(call, data, work)
                _keep_answer(call, claim, sent)
            return claim.id, sent

    claim_id, sent = run_retrying(attempt)
    call.kept_claims.add(claim_id)
    return sent


def _keep_answer(call: Call, claim: ClaimedKeyFacts, sent: SentAnswer) -> None:
    """Keep the answer with its key, and the number of an item of a batch, in one statement."""
    if call.item is None:
        store_answer(claim=claim, status=sent.status, body=sent.text)
    else:
        store_numbered_answer(claim=claim, status=sent.status, body=sent.text, **_number_of(call, call.item))


def _number_of(call: Call, item: NumberedItem) -> dict[str, Any]:
    return {"merchant": call.merchant, "till_id": call.credential.till_id, "item": item, "at": call.received_at}


def _claim_for(call: Call, key: str, prints_of_request: Sequence[bytes]) -> ClaimedKeyFacts | StoredAnswer:
    """Claim the key, or return its answer; a paid sale that was refused before it was paid gets a key of its own."""
    asked: dict[str, Any] = {
        "merchant": call.merchant,
        "till_id": call.credential.till_id,
        "request_fingerprints": prints_of_request,
        "at": call.received_at,
    }
    claim = claim_key(key=key, **asked)
    if call.is_paid and isinstance(claim, StoredAnswer) and claim.status == REFUSED:
        return claim_key(key=key_when_paid(key), **asked)
    return claim


def _answer_again(call: Call, data: dict[str, Any], stored: StoredAnswer, key: str, find_done: LookUp) -> SentAnswer:
    """Return the stored answer; in the place of a refusal, what the same request has been recorded as since."""
    if stored.status == REFUSED:
        paid_status = stored_status(merchant=call.merchant, till_id=call.credential.till_id, key=key_when_paid(key))
        done = find_done(call, data, paid_status is not None and paid_status < REFUSED)
        if done is not None:
            return _write_answer(done)
    return SentAnswer(stored.status, stored.body, {REPLAYED: "true"})


def key_when_paid(key: str) -> str:
    """Return the key under which a sale is recorded that was refused under `key` and paid all the same."""
    return hashlib.sha256(f"paid {key}".encode()).hexdigest()


def _carry_out(call: Call, data: dict[str, Any], work: Work) -> SentAnswer:
    """Do the work; a refusal undoes it, and is the answer that is kept."""
    try:
        with refusable():
            return _write_answer(work(call, data))
    except Refusal as refusal:
        return _write_refusal(refusal, call.language)


def _write_answer(answer: Answer) -> SentAnswer:
    text = "" if answer.body is None else write_json(answer.body)
    return SentAnswer(answer.status, text, {REPLAYED: "natural"} if answer.natural else {})


def _write_refusal(refusal: Refusal, language: str) -> SentAnswer:
    problem = problem_of(refusal)
    return SentAnswer(problem_status(problem), problem_body(problem, language))
