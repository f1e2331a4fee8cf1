"""A logged request sent again in test mode: through the same views, as a till of the sandbox.

What the log does not keep is filled with values of a test member, or left out; the page says which. The answer is found
in the sandbox's request log, like that of any other request there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit
from uuid import UUID

import structlog
from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from common.errors import Missing
from enrolment.operations import enrol_member
from members.facts import EnrolDraft, MemberSource
from members.queries import MemberNotFound, find_member_id, member
from merchants.facts import LoggedRequestFacts, MerchantFacts, SendAgainJob, TillCredential
from merchants.queries import logged_request, sandbox_of, till_places
from merchants.rules import TEST_SCOPE, TILL_SCOPES
from merchants.tasks import JobRun
from merchants.tenancy import merchant_scope
from pos_integration.request_log import request_log
from pos_integration.request_log.redaction import HIDDEN

BASE: Final = "/api/pos/v1"
KEY_PREFIX: Final = "send-again"
TEST_ADDRESS: Final = "member.test@example.com"
TEST_NAME: Final = "Member uji"
TEST_GOODS: Final = "Barang uji"
TEST_TEXT: Final = "uji"
_LEFT_OUT: Final = frozenset({"quote_id", "phone"})
"""Even when kept: a quote of the shop does not exist in the sandbox."""


@dataclass(frozen=True)
class StandIn:
    """The member of the sandbox who takes the place of the one that the log does not name."""

    id: UUID
    number: str
    fresh_address: str


class KnownTill(BaseAuthentication):
    """Names the till without a key: the worker is no till, and was asked by a person who may."""

    def __init__(self, credential: TillCredential) -> None:
        self.credential = credential

    def authenticate(self, request: Request) -> tuple[TillCredential, str]:
        return self.credential, "till"


def send_request_again(run: JobRun) -> None:
    """Send the logged request that the job names in the shop's sandbox; its answer is logged there, by its number."""
    asked = SendAgainJob.from_json(run.job.parameters)
    sandbox = sandbox_of(run.merchant)
    if sandbox is None:
        raise Missing("sandbox_not_found")
    with merchant_scope(run.merchant.id):
        found = logged_request(merchant=run.merchant, request_id=asked.request_id)
    with merchant_scope(sandbox.id):
        if found.till_id not in till_places(merchant=sandbox):
            raise Missing("till_not_found")
        person = _find_person(sandbox, asked.answer_id, run.clock())
    with structlog.contextvars.bound_contextvars(request_id=str(asked.answer_id)):
        _call_view(sandbox, found, person, language=run.job.language)
    request_log.write_waiting()
    run.finish(1, lambda: None)


def _find_person(sandbox: MerchantFacts, answer_id: UUID, at: datetime) -> StandIn:
    """Return the sandbox's test member, who is enrolled the first time."""
    try:
        person = member(merchant=sandbox, member_id=find_member_id(merchant=sandbox, identifier=TEST_ADDRESS))
    except MemberNotFound:
        draft = EnrolDraft(name=TEST_NAME, email=TEST_ADDRESS, promo_consent=False, source=MemberSource.STAFF)
        person = enrol_member(merchant=sandbox, draft=draft, at=at)
    return StandIn(person.id, person.number, f"{TEST_TEXT}-{answer_id.hex[-12:]}@example.com")


def _call_view(sandbox: MerchantFacts, found: LoggedRequestFacts, person: StandIn, *, language: str) -> None:
    """Ask the view of the address as a web server would; the view itself notes request and answer."""
    scopes = frozenset({*TILL_SCOPES, "write_products", TEST_SCOPE})
    credential = TillCredential(merchant=sandbox, till_id=found.till_id, scopes=scopes, key_prefix=KEY_PREFIX)
    path, query = _fill_address(found, person)
    body = b""
    if found.request_body:
        body = json.dumps(_fill_object(json.loads(found.request_body), person)).encode()
    request = WSGIRequest(
        {
            "REQUEST_METHOD": found.method,
            "PATH_INFO": f"{BASE}{path}",
            "QUERY_STRING": query,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_ACCEPT_LANGUAGE": language,
            "HTTP_IDEMPOTENCY_KEY": f"again-{structlog.contextvars.get_contextvars()['request_id']}",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
        }
    )
    match = resolve(f"{BASE}{path}")
    request.resolver_match = match
    view_class: Any = match.func.cls  # type: ignore[attr-defined]
    view_class.as_view(authentication_classes=[lambda: KnownTill(credential)])(request, **match.kwargs)


def _fill_address(found: LoggedRequestFacts, person: StandIn) -> tuple[str, str]:
    """Return path and query string with the test member in the place of the shop's."""
    address = urlsplit(found.address)
    parts = zip(found.route.split("/"), address.path.split("/"), strict=True)
    path = "/".join(str(person.id) if name == "{member_id}" else unquote(part) for name, part in parts)
    known = {"identifier": person.number, "name": TEST_NAME, "member_id": str(person.id)}
    asked = [
        (name, known.get(name, value))
        for name, value in parse_qsl(address.query, keep_blank_values=True)
        if name in known or value != HIDDEN
    ]
    return path, urlencode(asked)


def _fill_object(sent: Mapping[str, Any], person: StandIn) -> dict[str, Any]:
    """Return an object of the body with what is hidden filled or left out."""
    filled: dict[str, Any] = {}
    for name, value in sent.items():
        if name in {"member_id", "household_of"} and value is not None:
            filled[name] = str(person.id)
        elif isinstance(value, dict):
            filled[name] = _fill_object(value, person)
        elif isinstance(value, list):
            kept = [_fill_object(each, person) if isinstance(each, dict) else each for each in value if each != HIDDEN]
            filled |= {name: kept} if kept else {}
        elif value != HIDDEN and name not in _LEFT_OUT:
            filled[name] = value
        elif value == HIDDEN and name not in _LEFT_OUT:
            filled |= _fill_hidden(name, sent, person)
    if "phone" in sent and "promo_consent" in sent:
        filled["email"] = person.fresh_address
    return filled


def _fill_hidden(name: str, sent: Mapping[str, Any], person: StandIn) -> dict[str, Any]:
    """Return the field with a test value; nothing for what can only be left out."""
    if name == "name":
        return {name: TEST_NAME if "line_id" not in sent and "sku" not in sent else sent.get("sku") or TEST_GOODS}
    values = {
        "identifier": person.number,
        "email": person.fresh_address,
        "cashier": TEST_TEXT,
        "reason": TEST_TEXT,
        "note": TEST_TEXT,
        "area": TEST_TEXT,
    }
    return {name: values[name]} if name in values else {}
