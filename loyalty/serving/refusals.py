"""What the gate says when it answers itself: in the form that the asker reads, and in their language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from django.template.loader import render_to_string
from django.utils.translation import override

from loyalty.serving.answers import ServerAnswer
from pos_integration.fact_words import BAD_CHUNKS
from pos_integration.language import asked_language
from pos_integration.problems import MEDIA_TYPE, ProblemError, problem_body, problem_status

TILL_RETRY_SECONDS: Final = 1
PAGE_RETRY_SECONDS: Final = 3
CLOSE: Final = (b"connection", b"close")

Headers = Mapping[bytes, bytes]


def busy(headers: Headers, *, is_till: bool) -> ServerAnswer:
    """Return 503: more requests wait already than can be answered soon."""
    if is_till:
        return _answer_problem(
            headers, ProblemError("temporarily_unavailable"), (b"retry-after", str(TILL_RETRY_SECONDS).encode())
        )
    retry = str(PAGE_RETRY_SECONDS).encode()
    return _make_page(headers, 503, "503.html", (b"retry-after", retry))


def too_slow(headers: Headers, *, is_till: bool) -> ServerAnswer:
    """Return 408: the body did not come in time. The connection is of no more use."""
    if is_till:
        return _answer_problem(headers, ProblemError("request_timeout"), CLOSE)
    return _make_page(headers, 408, "408.html", CLOSE)


def unreadable(headers: Headers, *, is_till: bool) -> ServerAnswer:
    """Return 400: the body was cut off, or is no body of HTTP; what follows on the connection is unreadable too."""
    if is_till:
        return _answer_problem(headers, ProblemError("malformed_json", reason=BAD_CHUNKS), CLOSE)
    return _make_page(headers, 400, "400.html", CLOSE)


def too_large(headers: Headers) -> ServerAnswer:
    """Return 413 for a page's form or file; a till's body is refused by the API, which words its own limit."""
    return _make_page(headers, 413, "413.html")


def _answer_problem(headers: Headers, problem: ProblemError, *more: tuple[bytes, bytes]) -> ServerAnswer:
    language = _read_language(headers)
    body = problem_body(problem, language).encode()
    return ServerAnswer(problem_status(problem), [(b"content-type", MEDIA_TYPE.encode()), *more], body)


def _make_page(headers: Headers, status: int, template: str, *more: tuple[bytes, bytes]) -> ServerAnswer:
    fields = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store"), *more]
    return ServerAnswer(status, fields, _render_page(template, _read_language(headers)))


def _read_language(headers: Headers) -> str:
    return asked_language(headers.get(b"accept-language", b"").decode("latin-1"))


@lru_cache(maxsize=32)
def _render_page(template: str, language: str) -> bytes:
    with override(language):
        return render_to_string(template).encode()
