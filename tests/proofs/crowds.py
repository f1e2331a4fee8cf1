"""Crowds before the web server, as outsiders make them: half-sent requests, hammering clients, many connections."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

HEAD = "POST /api/pos/v1/sales HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
KINDS = ("nothing", "half the headers", "half the body", "a dripping body", "half a page's form")


@dataclass
class Seller(threading.Thread):
    """A till that sells as fast as it is answered, on one kept connection; opened again when the server closed it."""

    url: str
    key: str
    name_of_sales: str
    seconds_in_all: float
    member_id: str | None = None
    obeys: bool = True
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        until = time.monotonic() + self.seconds_in_all
        link, number = self._link(), 0
        while time.monotonic() < until:
            number += 1
            started = time.perf_counter()
            try:
                status, retry_after = self._sell(link, number)
            except (OSError, HTTPException):
                link.close()
                link, status, retry_after = self._link(), 0, 0.0
            self.seconds.append(time.perf_counter() - started)
            self.statuses[status] += 1
            if status != 201 and self.obeys:
                time.sleep(min(retry_after, max(0.0, until - time.monotonic())))
        link.close()

    def _link(self) -> HTTPConnection:
        parts = urlsplit(self.url)
        return HTTPConnection(str(parts.hostname), int(parts.port or 80), timeout=30)

    def _sell(self, link: HTTPConnection, number: int) -> tuple[int, float]:
        line = {"line_id": "1", "sku": "A", "name": "Barang", "quantity": 1, "unit_amount": 25_000}
        reference = f"{self.name_of_sales}-{number}"
        body = {"reference": reference, "lines": [line]} | ({"member_id": self.member_id} if self.member_id else {})
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Idempotency-Key": f"key-of-{reference:0>20}",
            "Content-Type": "application/json",
        }
        link.request("POST", "/api/pos/v1/sales", json.dumps(body), headers)
        answer = link.getresponse()
        answer.read()
        return answer.status, float(answer.getheader("Retry-After") or 0)


@dataclass
class Reader(threading.Thread):
    """A person who opens the same page again as soon as it is loaded."""

    url: str
    path: str
    cookie: str
    seconds_in_all: float
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        parts = urlsplit(self.url)
        until = time.monotonic() + self.seconds_in_all
        while time.monotonic() < until:
            link = HTTPConnection(str(parts.hostname), int(parts.port or 80), timeout=60)
            with suppress(OSError, HTTPException):
                link.request("GET", self.path, headers={"Cookie": self.cookie})
                answer = link.getresponse()
                answer.read()
                self.statuses[answer.status] += 1
            link.close()


def all_at_once(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "somebody was never answered"


@contextmanager
def half_sent(url: str, kind: str, count: int) -> Iterator[list[socket.socket]]:
    """`count` open connections that have sent only a part; a drip goes on, and what was cut off is opened again."""
    parts = urlsplit(url)
    address = (str(parts.hostname), int(parts.port or 80))
    links = [_half(address, kind) for _ in range(count)]
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(0.5):
            for place, link in enumerate(links):
                if _is_cut_off(link, drips=kind == "a dripping body"):
                    link.close()
                    links[place] = _half(address, kind)

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield links
    finally:
        over.set()
        thread.join()
        for link in links:
            link.close()


def _half(address: tuple[str, int], kind: str) -> socket.socket:
    link = socket.create_connection(address, timeout=10)
    form = "POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nlogin="
    sent = {
        "nothing": "",
        "half the headers": HEAD,
        "half the body": HEAD + 'Content-Length: 5000\r\n\r\n{"reference": ',
        "a dripping body": HEAD + "Content-Length: 5000\r\n\r\n{",
        "half a page's form": form,
    }[kind]
    link.sendall(sent.encode())
    link.setblocking(False)
    return link


def _is_cut_off(link: socket.socket, *, drips: bool) -> bool:
    try:
        if drips:
            link.send(b" ")
        return link.recv(1000) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def percentile(seconds: Sequence[float], share: float) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))]
