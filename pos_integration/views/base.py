"""What every endpoint shares: key, scope, language, strict reading, one answer shape for every error."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Final

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext, override
from rest_framework import exceptions
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from common.errors import DomainError, FieldError
from members.queries import IdentifierUnknown
from merchants.facts import TillCredential
from pos_integration.authentication import TillKeyAuthentication, credential_of, require_scope_of_key
from pos_integration.code_gate import count_unknown_identifier
from pos_integration.error_pointers import field_errors
from pos_integration.fact_words import CUT_OFF, EMPTY_BODY
from pos_integration.json_text import MAX_BODY_BYTES, MalformedJsonError, read_json
from pos_integration.language import asked_language
from pos_integration.pipeline import (
    Answer,
    Call,
    SentAnswer,
    read_key,
    request_fingerprint,
    run_read,
    run_stored,
    run_unstored,
)
from pos_integration.presence import note_seen
from pos_integration.problems import (
    MEDIA_TYPE,
    ProblemError,
    problem_body,
    problem_of,
    problem_status,
    validation_problem,
)
from pos_integration.request_log import note_request
from pos_integration.schema.document import TillSchema
from pos_integration.serializers import NothingSerializer, StrictSerializer
from pos_integration.till_clock import read_till_clock

MODE: Final = "Loyalty-Mode"
TEST_MODE: Final = "test"
"""What every answer to a test key says in its header."""

log = structlog.get_logger("loyalty.api")


class ProblemRenderer(JSONRenderer):
    """Only for the Accept header: a till may also allow just the problem's media type."""

    media_type = MEDIA_TYPE


class TillView(APIView):
    """One address of the API. `scopes` names the scope that each method asks of the key; absent means any key."""

    authentication_classes = [TillKeyAuthentication]
    permission_classes = [AllowAny]
    renderer_classes = [JSONRenderer, ProblemRenderer]
    http_method_names = ["get", "head"]
    schema = TillSchema()
    scopes: ClassVar[Mapping[str, str]] = {}
    credential: TillCredential | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer the request, then note it for the request log."""
        at, started = timezone.now(), time.perf_counter()
        response: Any = super().dispatch(request, *args, **kwargs)
        self.credential = self.credential or self.find_till(request)
        if self.credential is not None:
            if self.credential.merchant.sandbox_of is not None:
                response[MODE] = TEST_MODE
            note_request(self, request, response, at=at, seconds=time.perf_counter() - started)
        return response

    def find_till(self, request: HttpRequest) -> TillCredential | None:
        """Return whose log a request belongs to that was answered without looking at its key."""
        return None

    def perform_authentication(self, request: Request) -> None:
        if self.authentication_classes:
            self.credential = credential_of(request)

    def check_permissions(self, request: Request) -> None:
        if self.credential is not None:
            method = "GET" if request.method == "HEAD" else str(request.method)
            require_scope_of_key(self.credential, self.scopes.get(method))

    def call_of(self, request: Request) -> Call:
        return Call(
            credential=credential_of(request),
            language=self.language(request),
            received_at=timezone.now(),
            path=dict(self.kwargs),
        )

    def route(self) -> str:
        match = self.request.resolver_match
        assert match is not None
        return str(match.route)

    def language(self, request: Request | HttpRequest) -> str:
        default = self.credential.merchant.language if self.credential else None
        return asked_language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""), default)

    def handle_exception(self, exc: Exception) -> Any:
        """Turn every failure into a problem; an unexpected one is logged and answered 500."""
        problem = self.explain(exc)
        return problem_response(problem, self.language(self.request))

    def explain(self, exc: Exception) -> ProblemError:
        """Return the problem of what went wrong, after counting and logging what has to be."""
        problem = _problem_for(exc, self.allowed_methods)
        if isinstance(exc, IdentifierUnknown) and self.credential is not None:
            count_unknown_identifier(self.credential, at=timezone.now())
        if problem.code == "internal_error":
            log.error("request failed", view=type(self).__name__, exc_info=exc)
        return problem


class ReadView(TillView):
    """A GET: `read` gets the call in an open scope and returns the body."""

    query_parameters: ClassVar[frozenset[str]] = frozenset()

    def get(self, request: Request, **path: str) -> HttpResponse:
        call = self.call_of(request)
        with override(call.language):
            call.query = _read_query(request, self.query_parameters)
            sent = run_read(call, self.read)
        self.settle_read(call)
        note_seen(call.credential)
        return make_response(sent)

    def read(self, call: Call) -> Mapping[str, Any]:
        raise NotImplementedError

    def settle_read(self, call: Call) -> None:
        """Look at the call after the transaction (a throttle leaves its trace)."""


class CommandView(TillView):
    """A POST: `perform` gets the call and the validated body and makes one domain call."""

    http_method_names = ["post"]
    serializer_class: ClassVar[type[StrictSerializer]] = NothingSerializer

    def post(self, request: Request, **path: str) -> HttpResponse:
        return self.carry_out(request)

    def carry_out(self, request: Request) -> HttpResponse:
        call = self.call_of(request)
        key = read_key(request.META.get("HTTP_IDEMPOTENCY_KEY"))
        call.device_at = read_till_clock(request.META)
        with override(call.language):
            data = read_body(request, self.serializer_class)
            sent = self.answer(call, data, key=key, address=(str(request.method), self.route()))
        note_seen(call.credential)
        return make_response(sent)

    def answer(self, call: Call, data: dict[str, Any], *, key: str, address: tuple[str, str]) -> SentAnswer:
        """Carry the call out in a transaction of its own. `address` is its method and route, part of what it is."""
        self.admit(call, data)
        if self.is_stored(data):
            method, route = address
            sent_as = [data]
            if call.has_time_of_item:
                sent_as.append({name: value for name, value in data.items() if name != "occurred_at"})
            prints = [request_fingerprint(method=method, route=route, path=call.path, data=one) for one in sent_as]
            sent = run_stored(call, data, self.perform, key=key, prints_of_request=prints, find_done=self.find_done)
        else:
            sent = run_unstored(call, data, self.perform)
        self.settle(call, data, sent)
        return sent

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        raise NotImplementedError

    def find_done(self, call: Call, data: dict[str, Any], was_recorded: bool) -> Answer | None:
        """Return what a refused request has become since by another road; None where there is none.

        `was_recorded`: it was recorded when it came again, paid, under the same key.
        """
        return None

    def admit(self, call: Call, data: dict[str, Any]) -> None:
        """Refuse before anything is opened (a throttle, a scope that depends on the body)."""

    def settle(self, call: Call, data: dict[str, Any], sent: SentAnswer) -> None:
        """Look at the answer after the transaction (a throttle counts its failures)."""

    def is_stored(self, data: Mapping[str, Any]) -> bool:
        """Return whether the key and its answer are kept; False for what only asks."""
        return True


class ChangeView(CommandView):
    """A PATCH: as a POST, and fields that are left out stay as they are."""

    http_method_names = ["patch"]

    def patch(self, request: Request, **path: str) -> HttpResponse:
        return self.carry_out(request)


def read_body(request: Request, serializer_class: type[StrictSerializer], *, entries: str = "") -> dict[str, Any]:
    """Return the validated body. Raises the problems 413, 415, 400. Without required fields it may be left out.

    `entries` names a list of the body whose entries are read each for itself (`read_json`).
    """
    raw = _raw_body(request)
    optional = not any(field.required for field in _reader_of(serializer_class).fields.values())
    data: Any = {}
    if not raw and not optional:
        raise ProblemError("malformed_json", reason=EMPTY_BODY)
    if raw:
        _require_json(request.content_type or "")
        try:
            data = read_json(raw, entries=entries)
        except MalformedJsonError as error:
            raise ProblemError("malformed_json", reason=error.reason) from None
    return read_data(data, serializer_class)


def read_data(data: Any, serializer_class: type[StrictSerializer], *, pointer: str = "") -> dict[str, Any]:
    """Return the validated data. Raises the problem 400, whose pointers begin with `pointer`."""
    try:
        return dict(_reader_of(serializer_class).run_validation(data))
    except exceptions.ValidationError as error:
        raise validation_problem(list(field_errors(error.detail, pointer))) from None


@cache
def _reader_of(serializer_class: type[StrictSerializer]) -> StrictSerializer:
    """Return the one reader for all requests: it keeps nothing, and making one copies every field."""
    return serializer_class()


def problem_response(problem: ProblemError, language: str) -> HttpResponse:
    response = HttpResponse(
        problem_body(problem, language).encode(), status=problem_status(problem), content_type=MEDIA_TYPE
    )
    for name, value in problem.headers.items():
        response[name] = value
    return response


def make_response(sent: SentAnswer) -> HttpResponse:
    media_type = MEDIA_TYPE if sent.status >= 400 else "application/json"
    response = HttpResponse(sent.text.encode(), status=sent.status, content_type=media_type)
    if not sent.text:
        del response["Content-Type"]
    for name, value in sent.headers.items():
        response[name] = value
    return response


def _raw_body(request: Request) -> bytes:
    http: HttpRequest = request._request
    length = http.META.get("CONTENT_LENGTH") or "0"
    if length.isascii() and length.isdigit() and int(length) > MAX_BODY_BYTES:
        raise ProblemError("body_too_large", limit=MAX_BODY_BYTES)
    try:
        chunked = "chunked" in http.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        # Django reads CONTENT_LENGTH bytes; a chunked body has no length and ends by itself.
        raw: bytes = http.META["wsgi.input"].read(MAX_BODY_BYTES + 1) if chunked and length == "0" else http.body
    except RequestDataTooBig:
        raise ProblemError("body_too_large", limit=MAX_BODY_BYTES) from None
    except (UnreadablePostError, OSError):
        raise ProblemError("malformed_json", reason=CUT_OFF) from None
    if len(raw) > MAX_BODY_BYTES:
        raise ProblemError("body_too_large", limit=MAX_BODY_BYTES)
    return raw


def _require_json(content_type: str) -> None:
    media_type, _, parameters = content_type.lower().partition(";")
    charset = parameters.partition("charset=")[2].strip(' "')
    if media_type.strip() != "application/json" or charset not in {"", "utf-8", "utf8"}:
        raise ProblemError("unsupported_media_type")


def _read_query(request: Request, known: frozenset[str]) -> dict[str, str]:
    """Query parameters by name, each at most once; unknown ones are named."""
    query = {}
    for name, values in request._request.GET.lists():
        if name not in known:
            raise unknown_parameter(name, known)
        query[name] = values[-1]
    return query


def unknown_parameter(name: str, known: frozenset[str]) -> ProblemError:
    words = gettext("There is no query parameter of this name; known ones: %(known)s.")
    return validation_problem(
        [FieldError(f"?{name[:64]}", "unknown_field", words % {"known": ", ".join(sorted(known)) or "-"})]
    )


def _problem_for(exc: Exception, allowed: list[str]) -> ProblemError:
    if isinstance(exc, ProblemError):
        return exc
    if isinstance(exc, DomainError):
        return problem_of(exc)
    if isinstance(exc, exceptions.MethodNotAllowed):
        return ProblemError("method_not_allowed", headers={"Allow": ", ".join(allowed)}, allowed=", ".join(allowed))
    if isinstance(exc, exceptions.NotAcceptable):
        return ProblemError("not_acceptable")
    return ProblemError("internal_error")
