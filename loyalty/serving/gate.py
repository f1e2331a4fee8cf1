"""What happens to a request before a thread is taken, and after the thread has answered.

The body is read whole; the path chooses the lane; the lane's queue gives the turn; Django answers in a thread; the
answer is sent when the thread is free again. A sender that is slow in either direction holds memory, never a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from common.lock_waits import WAIT_HEADER
from common.senders import SenderProof, sender_proof
from loyalty.serving.answers import (
    Application,
    Send,
    ServerAnswer,
    environ_of,
    plain_answer,
    run_application,
    send_answer,
)
from loyalty.serving.bodies import Body, BodyTooSlow, BodyUnreadable, Receive, read_body
from loyalty.serving.lanes import Lane, LaneFull, LanePlan
from loyalty.serving.refusals import busy, too_large, too_slow, unreadable
from loyalty.serving.senders import ProvenSenders, credential_in, network_of

TILL_PATHS: Final = "/api/pos/"
BATCH_PATH: Final = "/api/pos/v1/batches"
PROBE_PATHS: Final = ("/api/pos/v1/health", "/ready")
FILE_PATHS: Final = "/static/"
TILL_BODY_BYTES: Final = 1_048_576
PAGE_BODY_BYTES: Final = 8 * 1_048_576
LONGEST_REST_SECONDS: Final = 3.0
MOST_RESTING: Final = 512

PLANS: Final = (
    LanePlan("tills", threads=2, lock_waits=2, queue=256, patience_seconds=5.0),
    # A batch takes seconds: it waits for others of its kind, and no sale waits for it.
    LanePlan("batches", threads=1, lock_waits=1, queue=64, queue_per_sender=4, patience_seconds=20.0),
    LanePlan("pages", threads=2, queue=128, patience_seconds=10.0),
    LanePlan("files", threads=1, queue=256),
    LanePlan("probes", threads=1, queue=16),
)

_WAIT: Final = WAIT_HEADER.lower().encode()


@dataclass
class Gate:
    """The ASGI application of one worker process. `proxies`: how many of ours stand in front and name the caller."""

    application: Application
    lanes: Mapping[str, Lane]
    proxies: int = 0
    resting: int = 0
    proven: ProvenSenders = field(default_factory=ProvenSenders)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        lane = self.lanes[lane_name(scope["path"])]
        is_till = lane.plan.name in {"tills", "batches", "probes"}
        try:
            body = await _body_of(headers, receive, limit=TILL_BODY_BYTES if is_till else PAGE_BODY_BYTES)
        except BodyUnreadable:
            await send_answer(send, unreadable(headers, is_till=is_till))
            return
        except BodyTooSlow:
            await send_answer(send, too_slow(headers, is_till=is_till))
            return
        with body.file:
            if body.is_too_large and not is_till:
                await send_answer(send, too_large(headers))
                return
            try:
                environ = environ_of(scope, body)
            except ValueError:
                await send_answer(send, plain_answer(400, ""))
                return
            network = network_of(scope, headers, proxies=self.proxies)
            answer = await self._answer_in_lane(lane, network, environ, headers, is_till=is_till)
        await send_answer(send, answer)

    async def _answer_in_lane(
        self, lane: Lane, network: str, environ: dict[str, Any], headers: Mapping[bytes, bytes], *, is_till: bool
    ) -> ServerAnswer:
        """Return the lane's answer; one that asks to be held back waits without a thread.

        It says that nothing was done; so a page's request is tried again, as long as it may rest, and a till, which
        tries again itself, gets the refusal.
        """
        rested = 0.0
        credential = credential_in(headers, is_till=is_till)
        while True:
            proof = SenderProof()
            sender = self.proven.sender_of(credential) or network
            try:
                answer = await lane.run(sender, partial(_run_with_proof, proof, self.application, dict(environ)))
            except LaneFull:
                return busy(headers, is_till=is_till)
            if credential is not None and proof.sender is not None:
                self.proven.remember(credential, proof.sender)
            wanted = answer.header(_WAIT)
            if wanted is None:
                return answer
            pause = min(float(wanted), LONGEST_REST_SECONDS)
            answer = answer.without(_WAIT)
            if rested + pause > LONGEST_REST_SECONDS or self.resting >= MOST_RESTING:
                return answer
            self.resting += 1
            try:
                await asyncio.sleep(pause)
            finally:
                self.resting -= 1
            rested += pause
            if is_till:
                return answer
            environ["wsgi.input"].seek(0)


def lane_name(path: str) -> str:
    if path in PROBE_PATHS:
        return "probes"
    if path.startswith(TILL_PATHS):
        return "batches" if path == BATCH_PATH else "tills"
    return "files" if path.startswith(FILE_PATHS) else "pages"


def _run_with_proof(proof: SenderProof, application: Application, environ: dict[str, Any]) -> ServerAnswer:
    """Run in the thread, whose context is this request's alone."""
    sender_proof.set(proof)
    return run_application(application, environ)


async def _body_of(headers: Mapping[bytes, bytes], receive: Receive, *, limit: int) -> Body:
    declared: int | None = None
    if b"transfer-encoding" not in headers:
        length = headers.get(b"content-length", b"0")
        declared = int(length) if length.isdigit() else 0
    return await read_body(receive, limit=limit, declared=declared)
