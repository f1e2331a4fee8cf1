"""A body that HTTP itself cannot read is refused with the reason; a client that went away leaves no trace."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.product_server import product_server

pytestmark = pytest.mark.usefixtures("real_commits")

TILL = "/api/pos/v1/sales"
PAGE = "/accounts/login/"
FILE = "/static/css/app.css"
PROBE = "/api/pos/v1/health"
CHUNKED = "Transfer-Encoding: chunked"
SECONDS = 60
BROKEN = {
    "a size that is no number": (CHUNKED, b"ZZ\r\nabcde\r\n0\r\n\r\n", False),
    "a size below nothing": (CHUNKED, b"-5\r\nabcde\r\n0\r\n\r\n", False),
    "a size above all": (CHUNKED, b"F" * 30 + b"\r\nabcde\r\n0\r\n\r\n", False),
    "no size": (CHUNKED, b"\r\nabcde\r\n0\r\n\r\n", False),
    "a good chunk, then a bad one": (CHUNKED, b"5\r\nabcde\r\nZZ\r\nabcde\r\n0\r\n\r\n", False),
    "more than the chunk said": (CHUNKED, b"5\r\nabcdefgh\r\n0\r\n\r\n", False),
    "less than the chunk said, and no more to come": (CHUNKED, b"8\r\nabc", True),
    "no last chunk": (CHUNKED, b"3\r\nabc\r\n", True),
    "less than the length said": ("Content-Length: 50", b"abc", True),
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("broken") / "web.log"


@pytest.fixture(scope="module")
def url(django_db_setup: None, log: Path) -> Iterator[str]:
    with product_server(database=str(settings.DATABASES["default"]["NAME"]), log=log) as address:
        yield address


def post(url: str, path: str, field: str, body: bytes, *, ends: bool = False) -> tuple[HTTPResponse, bytes, bytes]:
    """Return the answer, its body, and what came behind it; `ends`: our side says that it sends no more."""
    with connect(url) as line:
        line.sendall(head_of(url, path, field) + body)
        if ends:
            line.shutdown(socket.SHUT_WR)
        answer = HTTPResponse(line, method="POST")
        answer.begin()
        text = answer.read()
        line.settimeout(SECONDS)
        assert answer.will_close
        return answer, text, line.recv(1)


def connect(url: str) -> socket.socket:
    place = urlsplit(url)
    return socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=SECONDS)


def head_of(url: str, path: str, field: str) -> bytes:
    lines = (f"POST {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}", "Accept-Language: en", field, "", "")
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize("path", [TILL, PROBE, PAGE, FILE])
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_body_is_the_senders_fault_in_every_lane(kind: str, path: str, url: str) -> None:
    field, body, ends = BROKEN[kind]
    answer, text, behind = post(url, path, field, body, ends=ends)
    assert (answer.status, behind) == (400, b"")
    if path in {TILL, PROBE}:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = json.loads(text)
        assert (problem["code"], problem["retryable"]) == ("malformed_json", False)
        assert "cut off" in problem["detail"]
    else:
        assert b"could not be read" in text


@pytest.mark.parametrize("path", [TILL, PAGE])
def test_a_whole_body_is_answered_as_before_whatever_follows_it(path: str, url: str) -> None:
    """The control, and rubbish behind the end: it belongs to no body, so it spoils none."""
    whole = b"5\r\nabcde\r\n0\r\n\r\n"
    for body in (whole, whole + b"rubbish"):
        answer, _, _ = post(url, path, f"{CHUNKED}\r\nConnection: close", body)
        assert answer.status == (401 if path == TILL else 403), "no key; no form token"


@pytest.mark.parametrize("path", [TILL, PROBE, PAGE, FILE])
def test_a_client_that_went_away_leaves_no_trace(path: str, url: str, log: Path) -> None:
    """It ends with a reset, so that no answer can be sent; the next client is served and nothing is logged."""
    for _ in range(3):
        with connect(url) as line:
            line.sendall(head_of(url, path, CHUNKED) + b"8\r\nabc")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    answer, _, _ = post(url, TILL, "Connection: close\r\nContent-Length: 2", b"{}")
    assert answer.status == 401
    assert "Traceback" not in log.read_text()
    assert "ERROR" not in log.read_text().upper()
