"""HTTP/1.1 over a socket of its own per request, so that a request or its answer can be cut at any byte."""

from __future__ import annotations

import json
import random
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from pos_integration.simulator.clock import TillClock

TIMEOUT_SECONDS: Final = 15.0
_CHUNK: Final = 65_536


class ConnectionCut(Exception):
    """The connection broke; whether the server did the work is unknown. `where` names what had been sent or read."""

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(where)


@dataclass(frozen=True)
class WireAnswer:
    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw) if self.raw else None


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: Any = None
    key: str | None = None


@dataclass
class Wire:
    """Where the server is and who calls. `cut_share` of the requests lose their connection at a random byte."""

    url: str
    till_key: str
    cut_share: float = 0.0
    clock: TillClock = field(default_factory=TillClock)

    def send(self, request: Request, chance: random.Random) -> WireAnswer:
        """Send and return the answer. Raises Cut when the connection was cut, refused, or ended too early."""
        parts = urlsplit(self.url)
        raw = self._request_bytes(request, parts.netloc, parts.path.rstrip("/"))
        cut = chance.random() < self.cut_share
        cut_request_at = chance.randrange(len(raw)) if cut and chance.random() < 0.5 else None
        cut_answer_at = chance.choice([0, 1, 20, 200, 1000]) if cut and cut_request_at is None else None
        try:
            with self._open_socket(parts.scheme, parts.hostname or "", parts.port) as connection:
                connection.sendall(raw[:cut_request_at])
                if cut_request_at is not None:
                    raise ConnectionCut(f"request cut at byte {cut_request_at} of {len(raw)}")
                return _read_answer(connection, cut_answer_at)
        except (OSError, ValueError) as error:
            raise ConnectionCut(f"{type(error).__name__}: {error}") from None

    def _open_socket(self, scheme: str, host: str, port: int | None) -> socket.socket:
        plain = socket.create_connection((host, port or (443 if scheme == "https" else 80)), timeout=TIMEOUT_SECONDS)
        if scheme != "https":
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)

    def _request_bytes(self, request: Request, host: str, base: str) -> bytes:
        body = b"" if request.body is None else json.dumps(request.body, ensure_ascii=False).encode()
        # How long the body is comes first: a request that is cut is then never taken for a whole one without a body.
        headers = (
            {"Content-Type": "application/json", "Content-Length": str(len(body))} if request.body is not None else {}
        )
        headers |= {
            "Host": host,
            "Authorization": f"Bearer {self.till_key}",
            "Accept-Language": "en",
            "Connection": "close",
            **self.clock.headers(),
        }
        if request.key is not None:
            headers["Idempotency-Key"] = request.key
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{request.method} {base}/api/pos/v1{request.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def _read_answer(connection: socket.socket, cut_at: int | None) -> WireAnswer:
    received = b""
    while True:
        if cut_at is not None and len(received) >= cut_at:
            raise ConnectionCut(f"answer cut at byte {len(received)}")
        answer = _parse_answer(received)
        if answer is not None:
            return answer
        chunk = connection.recv(_CHUNK if cut_at is None else min(_CHUNK, cut_at - len(received)))
        if not chunk:
            raise ConnectionCut(f"the server closed after {len(received)} bytes")
        received += chunk


def _parse_answer(received: bytes) -> WireAnswer | None:
    """Return the answer once all of it is there. Raises ValueError for what is no HTTP."""
    head, separator, raw = received.partition(b"\r\n\r\n")
    if not separator:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(first.split(" ")[1])
    if headers.get("transfer-encoding", "").lower() == "chunked":
        whole = _join_chunks(raw)
        return None if whole is None else WireAnswer(status, headers, whole)
    length = int(headers.get("content-length", 0))
    return WireAnswer(status, headers, raw[:length]) if len(raw) >= length else None


def _join_chunks(raw: bytes) -> bytes | None:
    whole = b""
    while True:
        size, separator, raw = raw.partition(b"\r\n")
        if not separator:
            return None
        count = int(size.split(b";")[0], 16)
        if count == 0:
            return whole
        if len(raw) < count + 2:
            return None
        whole, raw = whole + raw[:count], raw[count + 2 :]
