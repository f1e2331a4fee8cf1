"""How a till sends: once when all is well, and with the same key for as long as it does not know the outcome."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

from pos_integration.simulator.journal import Journal
from pos_integration.simulator.wire import ConnectionCut, Request, Wire, WireAnswer

LONGEST_PAUSE: Final = 2.0
TWIN_SHARE: Final = 0.1
_AGAIN: Final = frozenset({"idempotency_in_progress", "too_many_attempts"})


@dataclass
class RequestSender:
    """`patience`: seconds for which an unknown outcome is asked about again. `name` begins every key."""

    name: str
    wire: Wire
    journal: Journal
    chance: random.Random
    patience: float
    stopped: threading.Event = field(default_factory=threading.Event)
    done: list[tuple[str, Request, WireAnswer]] = field(default_factory=list)
    """Every POST with its definite answer: what may be repeated later."""

    def ask(self, operation: str, path: str) -> WireAnswer | None:
        """Send a GET that must succeed; None when it did not, and the journal says why."""
        answer = self.until_known(operation, Request("GET", path))
        return self._only_expected(operation, path, answer, frozenset())

    def command(
        self,
        operation: str,
        path: str,
        body: Any,
        *,
        refusals: frozenset[str] = frozenset(),
        kept: bool = True,
    ) -> WireAnswer | None:
        """Return a POST's definite answer: a success or one of `refusals`; None otherwise, the journal says why.

        `kept` False: the server stores nothing under the key, so a repeat may be answered differently.
        """
        request = Request("POST", path, body, self.new_key())
        if self.chance.random() < TWIN_SHARE:
            answer = self._with_twin(operation, request, kept=kept)
        else:
            answer = self.until_known(operation, request)
        answer = self._only_expected(operation, path, answer, refusals)
        if answer is not None and kept:
            self.done.append((operation, request, answer))
        return answer

    def until_known(
        self, operation: str, request: Request, *, chance: random.Random | None = None
    ) -> WireAnswer | None:
        """Send until the outcome is known; give up after `patience` seconds."""
        given_up_at = time.monotonic() + self.patience
        pause, attempt = 0.05, 0
        while True:
            attempt += 1
            started = time.monotonic()
            answer, trouble = self._send_once(request, chance or self.chance)
            outcome = "unknown" if answer is None else "ok" if answer.status < 400 else "fail"
            self.journal.note(
                outcome,
                seconds=time.monotonic() - started,
                operation=operation,
                till=self.name,
                path=request.path,
                key=request.key,
                attempt=attempt,
                status=answer.status if answer else None,
                trouble=trouble,
            )
            if answer is not None:
                return answer
            if time.monotonic() > given_up_at or self.stopped.is_set():
                self.journal.surprise(f"{operation} {request.path}: no answer in {self.patience:.0f} s ({trouble})")
                return None
            time.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    def expect_refusal(self, operation: str, request: Request, *, status: int, code: str) -> None:
        """Send what must be refused in exactly this way."""
        answer = self.until_known(operation, request)
        if answer is not None and (answer.status, (answer.body or {}).get("code")) != (status, code):
            self.journal.surprise(f"{operation} of key {request.key} was answered {answer.status}, not {status} {code}")

    def new_key(self) -> str:
        return f"{self.name}-{self.chance.getrandbits(96):024x}"

    def _with_twin(self, operation: str, request: Request, *, kept: bool) -> WireAnswer | None:
        """Send the same request twice at once: one effect, and the same answer for both."""
        twins: list[WireAnswer | None] = []
        apart = random.Random(self.chance.getrandbits(32))  # noqa: S311 - a stream of its own for the other thread
        other = threading.Thread(
            target=lambda: twins.append(self.until_known(f"twin {operation}", request, chance=apart))
        )
        other.start()
        answer = self.until_known(operation, request)
        other.join()
        if kept and answer is not None and twins[0] is not None and answer.raw != twins[0].raw:
            self.journal.surprise(f"twins of {request.key} were answered differently")
        return answer

    def _send_once(self, request: Request, chance: random.Random) -> tuple[WireAnswer | None, str]:
        """Send once; return (answer, "") when the outcome is known, else (None, what happened)."""
        try:
            answer = self.wire.send(request, chance)
        except ConnectionCut as cut:
            return None, cut.where
        if answer.status >= 500 or (answer.status in {409, 429} and answer.body.get("code") in _AGAIN):
            return None, f"status {answer.status}"
        return answer, ""

    def _only_expected(
        self, operation: str, path: str, answer: WireAnswer | None, refusals: frozenset[str]
    ) -> WireAnswer | None:
        if answer is None or answer.status < 400:
            return answer
        code = answer.body.get("code")
        if code in refusals:
            return answer
        self.journal.surprise(f"{operation} {path} was refused: {answer.status} {code} {answer.body.get('detail')}")
        return None
