"""The thread that writes the log: everything that came in meanwhile by one statement per shop, a few times a second.

What waits is bounded, in number and in bytes. When it is full, or the database does not take it, lines are dropped and
counted in a warning: no till ever waits for its log.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog
from django.db import Error, connection

from merchants.facts import MerchantFacts
from merchants.operations import log_requests
from merchants.tenancy import lock_patience, merchant_scope
from pos_integration.request_log.seen_requests import SeenRequest

MOST_WAITING: Final = 2_000
MOST_BYTES: Final = 16 * 1024 * 1024
GATHER_SECONDS: Final = 0.5
BRIEF_MS: Final = 500

log = structlog.get_logger("loyalty.api")


class RequestWriter:
    """What waits to be written in this process. `start` is for servers; without it a caller writes by itself."""

    def __init__(self) -> None:
        self._waiting: list[SeenRequest] = []
        self._bytes = 0
        self._dropped = 0
        self._lock = threading.Lock()
        self._filled = threading.Event()

    def add(self, seen: SeenRequest) -> None:
        """Take a request to be written soon; it is dropped when too much waits."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING or self._bytes + len(seen) > MOST_BYTES:
                self._dropped += 1
                return
            self._waiting.append(seen)
            self._bytes += len(seen)
        self._filled.set()

    def write_waiting(self) -> None:
        """Write what waits; what cannot be written is dropped and counted."""
        with self._lock:
            taken, self._waiting, self._bytes = self._waiting, [], 0
            dropped, self._dropped = self._dropped, 0
        of_merchant: defaultdict[UUID, list[SeenRequest]] = defaultdict(list)
        for seen in taken:
            of_merchant[seen.credential.merchant.id].append(seen)
        for requests in of_merchant.values():
            dropped += self._write_requests(requests[0].credential.merchant, requests)
        if dropped:
            log.warning("requests are missing in the request log", count=dropped)

    def _write_requests(self, merchant: MerchantFacts, requests: Sequence[SeenRequest]) -> int:
        """Write one shop's; return how many were not written."""
        try:
            lines = [seen.redact() for seen in requests]
            with lock_patience(BRIEF_MS), merchant_scope(merchant.id):
                log_requests(merchant=merchant, requests=lines)
        except Error as error:
            log.warning("the request log was not written", error=type(error).__name__)
            if not connection.in_atomic_block:
                connection.close()
            return len(requests)
        return 0

    def start(self) -> None:
        """Begin the thread that writes; it ends with the process."""
        threading.Thread(target=self._keep_writing, name="request-log", daemon=True).start()

    def _keep_writing(self) -> None:
        while True:
            self._filled.wait()
            time.sleep(GATHER_SECONDS)
            self._filled.clear()
            try:
                self.write_waiting()
            except Exception:
                log.exception("the request log was not written")


request_log: Final = RequestWriter()
