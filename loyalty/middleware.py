"""One log line per request: which route, which answer, how long.

Never a path or query: they may hold a phone number or a token.
"""

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from uuid_utils.compat import uuid7

from common.senders import prove_sender

log = structlog.get_logger("loyalty.request")

ANSWERS = (Http404, PermissionDenied, SuspiciousOperation, BadRequest, MultiPartParserError)


class RequestLog:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=str(uuid7()))
        response = self.get_response(request)
        match = request.resolver_match
        log.info(
            "request",
            method=request.method,
            route=match.route if match else None,
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Log the failure; what Django itself answers with 400, 403 or 404 is none: its line says the status."""
        if isinstance(exception, ANSWERS):
            return None
        match = request.resolver_match
        log.error("request failed", method=request.method, route=match.route if match else None, exc_info=exception)
        return None


class SenderWatch:
    """Says whose the session is that the request came with, where a view had it read anyway."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        session = request.session
        came_with = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if came_with and session.accessed and session.session_key == came_with and SESSION_KEY in session:
            prove_sender(f"user {session[SESSION_KEY]}")
        return response


class ProxyWatch:
    """Says once, loudly, that a proxy is in front and is not counted: all callers then look like one address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.is_watching = settings.TRUSTED_PROXY_COUNT == 0
        if self.is_watching and settings.PUBLIC_URL.startswith("https://"):
            self._warn_of_proxy("PUBLIC_URL is https, so something in front ends TLS")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if self.is_watching and "X-Forwarded-For" in request.headers:
            self._warn_of_proxy("a request came with X-Forwarded-For")
        return self.get_response(request)

    def _warn_of_proxy(self, seen: str) -> None:
        self.is_watching = False
        log.warning(
            "a proxy is not counted: set TRUSTED_PROXY_COUNT, or limits take all callers for one address", seen=seen
        )
