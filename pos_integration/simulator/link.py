"""One till's line to the server: requests that may be cut before or after they arrive, or sent twice."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any, Final
from urllib.parse import urlsplit

PATIENCE_SECONDS: Final = 180.0
"""How long a till keeps trying one request: longer than a server takes to come back."""
RETRIED: Final = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]
    replayed: bool

    @property
    def ok(self) -> bool:
        return self.status < 300


class NoAnswer(Exception):
    """The request got no final answer within the till's patience."""


@dataclass
class Line:
    """Counts what became of each single try: ok, fail (a refusal is an answer), unknown (no answer came)."""

    url: str
    key: str
    chance: random.Random
    cuts: float = 0.08
    repeats: float = 0.05
    log: IO[str] | None = None
    tries: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def get(self, path: str) -> Answer:
        return self._until_answered("GET", path, None, {})

    def post(self, path: str, body: Mapping[str, Any], key: str) -> Answer:
        """The final answer to this key: cut and repeated on the way, and tried again until there is one."""
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        content = json.dumps(body).encode()
        if self.chance.random() < self.cuts:
            self._cut("POST", path, content, headers)
        answer = self._until_answered("POST", path, content, headers)
        if self.chance.random() < self.repeats:
            again = self._until_answered("POST", path, content, headers)
            if (again.status, again.body) != (answer.status, answer.body):
                raise AssertionError(f"a repeat of {path} answered differently: {answer} then {again}")
        return answer

    def _until_answered(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        deadline = time.monotonic() + PATIENCE_SECONDS
        wait = 0.1
        while time.monotonic() < deadline:
            answer = self._once(method, path, body, headers)
            if answer is not None and answer.status not in RETRIED and not _in_progress(answer):
                return answer
            time.sleep(wait * self.chance.uniform(0.5, 1.5))
            wait = min(wait * 2, 3.0)
        raise NoAnswer(f"{method} {path}")

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer | None:
        started = time.perf_counter()
        connection = self._connect()
        try:
            connection.request(method, _path(self.url, path), body=body, headers=self._headers(headers))
            got = connection.getresponse()
            text = got.read()
            answer = Answer(got.status, json.loads(text or b"{}"), bool(got.headers.get("Idempotency-Replayed")))
        except (OSError, http.client.HTTPException, ValueError):
            self._note("unknown", method, path, None)
            return None
        finally:
            connection.close()
        self.seconds.append(time.perf_counter() - started)
        self._note("ok" if answer.ok else "fail", method, path, answer)
        return answer

    def _cut(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Sends a random part of the request, or all of it without listening: the till cannot know which."""
        lines = [f"{method} {_path(self.url, path)} HTTP/1.1", f"Host: {urlsplit(self.url).netloc}"]
        lines += [f"{name}: {value}" for name, value in self._headers(headers).items()]
        whole = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
        sent = whole if self.chance.random() < 0.5 else whole[: self.chance.randrange(len(whole))]
        connection = self._connect()
        with suppress(OSError):
            connection.connect()
            connection.sock.sendall(sent)
            time.sleep(self.chance.uniform(0, 0.02))
        connection.close()
        self._note("unknown", method, path, None)

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=20)

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Accept": "application/json", **headers}

    def _note(self, outcome: str, method: str, path: str, answer: Answer | None) -> None:
        self.tries[outcome] += 1
        if self.log is not None:
            row = {
                "outcome": outcome,
                "method": method,
                "path": path,
                "status": answer.status if answer else None,
                "code": answer.body.get("code") if answer else None,
            }
            self.log.write(json.dumps(row) + "\n")


def _in_progress(answer: Answer) -> bool:
    return answer.status == 409 and answer.body.get("code") == "idempotency_in_progress"


def _path(url: str, path: str) -> str:
    return f"{urlsplit(url).path.rstrip('/')}/api/pos/v1{path}"
