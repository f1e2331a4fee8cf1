"""Notes a request when its answer is there; what of it the log keeps is worked out later, by the thread that writes."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from common.ids import new_id
from pos_integration.json_text import MAX_BODY_BYTES
from pos_integration.pipeline import REPLAYED
from pos_integration.problems import MEDIA_TYPE
from pos_integration.request_log.redaction import HIDDEN
from pos_integration.request_log.seen_requests import SeenRequest
from pos_integration.request_log.writer import request_log
from pos_integration.schema.operations import OPERATIONS
from pos_integration.serializers import NothingSerializer

REQUEST_ID: Final = "X-Request-Id"
LONGEST_ROUTE: Final = 100
_PLACEHOLDER: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_WORD: Final = re.compile(r"[a-z-]{0,24}")

_KEY: Final = re.compile(r'"?([A-Za-z0-9_-]{16,64})"?')

log = structlog.get_logger("loyalty.api")


def note_request(view: Any, request: HttpRequest, response: HttpResponse, *, at: datetime, seconds: float) -> None:
    """Note a request of a till whose key was known; without one there is no shop whose log could hold it.

    The answer gets the number that the request has in the log. It never raises.
    """
    try:
        seen = _see_request(view, request, response, at=at, seconds=seconds)
        response[REQUEST_ID] = str(seen.request_id)
        request_log.add(seen)
    except Exception:
        log.exception("a request could not be noted", view=type(view).__name__)


def _see_request(
    view: Any, request: HttpRequest, response: HttpResponse, *, at: datetime, seconds: float
) -> SeenRequest:
    match = request.resolver_match
    assert match is not None
    method = str(request.method)
    row = OPERATIONS.get((type(view).__name__, "GET" if method == "HEAD" else method))
    is_problem = response.get("Content-Type", "") == MEDIA_TYPE
    key = _KEY.fullmatch(request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip())
    bound = structlog.contextvars.get_contextvars().get("request_id")
    return SeenRequest(
        credential=view.credential,
        request_id=UUID(bound) if bound else new_id(),
        at=at,
        milliseconds=round(seconds * 1000),
        method=method,
        route=_write_route(str(match.route), request.path),
        path=dict(match.kwargs),
        query=[(name, value) for name, values in request.GET.lists() for value in values],
        idempotency_key=key[1] if key else "",
        sent=_read_again(request),
        serializer=getattr(view, "serializer_class", NothingSerializer),
        status=response.status_code,
        answer=response.content,
        answer_shape="Problem" if is_problem else (row.answers.get(response.status_code, "") if row else ""),
        replayed=response.get(REPLAYED, ""),
    )


def _write_route(route: str, path: str) -> str:
    """Return the address's template; of an address that does not exist itself, as far as its parts are plain words."""
    template = _PLACEHOLDER.sub(r"{\1}", route).rpartition("/v1/")[2]
    if template:
        return f"/{template}"
    parts = path.rpartition("/v1/")[2].split("/")
    return "/" + "/".join(part if _WORD.fullmatch(part) else HIDDEN for part in parts)[:LONGEST_ROUTE]


def _read_again(request: HttpRequest) -> bytes:
    """Return the body, which is in memory already; b'' for one that is too large or broke off."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or int(length) > MAX_BODY_BYTES:
        return b""
    try:
        return request.body
    except (UnreadablePostError, OSError):
        return b""
