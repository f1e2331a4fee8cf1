"""The gate: no thread for half a request, an answer for every refusal, and held-back answers that cost no thread."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from common.lock_waits import WAIT_HEADER
from loyalty.serving import bodies, gate
from loyalty.serving.gate import Gate, lane_name
from loyalty.serving.lanes import Lane, LanePlan
from tests.runtime.hand_clock import run_by_hand
from tests.runtime.stories import run_story

Wsgi = Callable[..., Iterable[bytes]]
TILL = "/api/pos/v1/sales"


def ask(
    application: Wsgi, path: str, *chunks: bytes, length: int | None = None, plan: LanePlan | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Return the gate's answer to a POST whose `chunks` have come; with a larger `length` the rest never comes."""

    async def tell() -> list[dict[str, Any]]:
        shape = plan or LanePlan("any", threads=1)
        lanes = {name: Lane(replace(shape, name=name)) for name in ("tills", "pages", "files", "probes")}
        sent: list[dict[str, Any]] = []
        messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        if messages and length is None:
            messages[-1]["more_body"] = False

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop(0)
            await asyncio.sleep(60)
            raise AssertionError("nobody waits this long")

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        size = sum(map(len, chunks)) if length is None else length
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "scheme": "http",
            "root_path": "",
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "headers": [(b"content-length", str(size).encode()), (b"accept-language", b"en")],
        }
        await asyncio.wait_for(Gate(application, lanes)(scope, receive, send), 30)
        for lane in lanes.values():
            lane.pool.shutdown()
        return sent

    start, *rest = run_story(tell())
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, b"".join(message.get("body", b"") for message in rest)


def echo(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [("X-Length", environ["CONTENT_LENGTH"])])
    yield environ["wsgi.input"].read()


def never(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    raise AssertionError("a thread was taken")


def test_a_body_in_pieces_arrives_whole() -> None:
    status, headers, body = ask(echo, TILL, b"one ", b"two ", b"three")
    assert (status, headers["x-length"], body) == (200, "13", b"one two three")


@pytest.mark.parametrize("path", [TILL, "/accounts/login/"])
def test_half_a_body_takes_no_thread_and_is_answered_after_the_deadline(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "DEADLINE_SECONDS", 0.05)
    status, headers, body = ask(never, path, b"half", length=1_000)
    assert (status, headers["connection"]) == (408, "close")
    assert json.loads(body)["retryable"] is True if path == TILL else b"too slow" in body


def arrive(chunk: bytes, *, pieces: int, every_seconds: float) -> int:
    """Return the size of a body whose pieces come one by one, on a clock moved by hand."""

    async def receive() -> dict[str, Any]:
        nonlocal pieces
        await asyncio.sleep(every_seconds)
        pieces -= 1
        return {"type": "http.request", "body": chunk, "more_body": pieces > 0}

    async def read() -> int:
        return (await bodies.read_body(receive, limit=10**9, declared=None)).size

    return run_by_hand(read())


def test_what_comes_moves_the_deadline_a_drip_does_not() -> None:
    second_by_second: dict[str, Any] = {"pieces": 60, "every_seconds": 1.0}
    enough = b"x" * bodies.SLOWEST_BYTES_PER_SECOND
    assert arrive(enough, **second_by_second) == 60 * len(enough)
    with pytest.raises(bodies.BodyTooSlow):
        arrive(b"x", **second_by_second)


@pytest.mark.parametrize(("early_seconds", "is_read"), [(0.01, True), (-0.01, False)])
def test_the_deadline_is_what_has_come_and_ten_seconds(early_seconds: float, is_read: bool) -> None:
    """Two pieces, each of a second's worth: the second must arrive within eleven seconds of the beginning."""
    piece = b"x" * bodies.SLOWEST_BYTES_PER_SECOND
    every_seconds = (bodies.DEADLINE_SECONDS + 1) / 2 - early_seconds
    if is_read:
        assert arrive(piece, pieces=2, every_seconds=every_seconds) == 2 * len(piece)
        return
    with pytest.raises(bodies.BodyTooSlow):
        arrive(piece, pieces=2, every_seconds=every_seconds)


def test_a_page_refuses_what_is_too_large_in_words_and_a_till_refuses_it_itself() -> None:
    status, _, body = ask(never, "/products/import/", b"x" * (gate.PAGE_BODY_BYTES + 1))
    assert (status, b"too large" in body) == (413, True)
    status, headers, body = ask(echo, TILL, b"x" * (gate.TILL_BODY_BYTES + 1))
    assert (status, headers["x-length"], body) == (200, str(gate.TILL_BODY_BYTES + 1), b"")


@pytest.mark.parametrize("path", [TILL, "/accounts/login/"])
def test_a_full_queue_is_answered_with_a_time(path: str) -> None:
    status, headers, _ = ask(never, path, b"{}", plan=LanePlan("closed", threads=0, lock_waits=1, queue=0))
    assert (status, headers["retry-after"]) == (503, "1" if path == TILL else "3")


def test_a_page_that_asks_to_be_held_back_is_tried_again_whole() -> None:
    bodies_seen: list[bytes] = []

    def busy_twice(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        bodies_seen.append(environ["wsgi.input"].read())
        is_busy = len(bodies_seen) < 3
        start_response("429 Busy" if is_busy else "200 OK", [(WAIT_HEADER, "0.01")] if is_busy else [])
        yield b"done"

    assert ask(busy_twice, "/members/bulk/", b"form")[0] == 200
    assert bodies_seen == [b"form"] * 3


def test_a_till_that_is_held_back_is_then_answered_and_the_server_does_not_repeat_it() -> None:
    asked: list[str] = []

    def refuse(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        asked.append(environ["PATH_INFO"])
        start_response("503 Unavailable", [(WAIT_HEADER, "0.01"), ("Retry-After", "1")])
        yield b"{}"

    status, headers, _ = ask(refuse, TILL, b"{}")
    assert (status, asked) == (503, [TILL])
    assert WAIT_HEADER.lower() not in headers


@pytest.mark.parametrize(
    ("path", "lane"),
    [
        (TILL, "tills"),
        ("/api/pos/v1/batches", "batches"),
        ("/api/pos/v1/health", "probes"),
        ("/ready", "probes"),
        ("/static/a.css", "files"),
        ("/", "pages"),
        ("/m/shop/join", "pages"),
        ("/api/docs/", "pages"),
    ],
)
def test_lanes_by_path(path: str, lane: str) -> None:
    assert lane_name(path) == lane


def test_ten_megabytes_are_answered_not_cut_off(real_commits: None, server_url: str) -> None:
    """Over the real server: the sender reads the refusal although it sent everything first."""
    request = urllib.request.Request(f"{server_url}/accounts/login/", data=b"x" * 10_000_000)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=60)
    assert refusal.value.code == 413
