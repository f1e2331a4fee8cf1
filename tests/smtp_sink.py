"""A mail server for tests that misbehaves on demand: real SMTP conversations by aiosmtpd, in a thread of its own."""

from __future__ import annotations

import email
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from loyalty.embedded import free_port
from messaging.mailer.link import MailServer

logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd tells of every command

Script = Callable[[str, int], str | None]
"""(recipient, how often it was tried before) -> a reply, or None for the ordinary one."""


@dataclass
class Sink:
    """What the server took, and how it behaves. Every script may be changed while it runs.

    `at_sender`, `at_recipient`, `at_end` answer MAIL, RCPT and the final dot. Recipients in `cut_at_data` lose their
    connection instead of "354 go on", in `cut_before_dot` right after it, in `cut_after_dot` when the message is kept.
    """

    messages: list[tuple[str, bytes]] = field(default_factory=list)
    at_sender: Script = lambda _recipient, _times: None
    at_recipient: Script = lambda _recipient, _times: None
    at_end: Script = lambda _recipient, _times: None
    cut_at_data: set[str] = field(default_factory=set)
    cut_before_dot: set[str] = field(default_factory=set)
    cut_after_dot: set[str] = field(default_factory=set)
    delay_seconds: float = 0
    greeting: str | None = None
    refuse_login: bool = False
    tries: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    server: MailServer = field(default_factory=lambda: MailServer("127.0.0.1", 0))
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.messages]

    @property
    def ids(self) -> Counter[str]:
        """Return how many copies of each Message-ID arrived."""
        return Counter(str(parsed(content)["Message-ID"]) for _, content in self.messages)

    def mail_to(self, recipient: str) -> EmailMessage:
        [content] = [content for to, content in self.messages if to == recipient]
        return parsed(content)


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


class _Handler:
    def __init__(self, sink: Sink) -> None:
        self.sink = sink

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.sink.at_sender(address, 0)
        if reply is None:
            envelope.mail_from = address
        return reply or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        sink = self.sink
        with sink.lock:
            times = sink.tries[address]
            sink.tries[address] += 1
        reply = sink.at_recipient(address, times)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        sink, recipient = self.sink, envelope.rcpt_tos[0]
        if sink.delay_seconds:
            time.sleep(sink.delay_seconds)
        reply = sink.at_end(recipient, sink.tries[recipient] - 1)
        if reply is None:
            with sink.lock:
                sink.messages.append((recipient, envelope.original_content or b""))
        if recipient in sink.cut_after_dot:
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
        return reply or "250 OK: kept"


class _Server(SMTP):
    sink: Sink

    def connection_made(self, transport: Any) -> None:
        self.sink.connections += 1
        super().connection_made(transport)

    async def push(self, status: str | bytes) -> None:
        """The greeting is the first line a server says."""
        if self.sink.greeting is not None and self.session is not None and self.session.host_name is None:
            status = self.sink.greeting
        await super().push(status)  # type: ignore[type-var]

    async def smtp_DATA(self, arg: str) -> None:
        recipients = self.envelope.rcpt_tos if self.envelope else []
        recipient = recipients[0] if recipients else ""
        if recipient not in self.sink.cut_at_data | self.sink.cut_before_dot:
            await super().smtp_DATA(arg)
            return
        if recipient in self.sink.cut_before_dot:
            await self.push("354 Go on")
        assert self.transport is not None
        self.transport.abort()  # type: ignore[attr-defined]


class _Controller(Controller):
    def __init__(self, sink: Sink, **options: Any) -> None:
        self.sink = sink
        super().__init__(
            _Handler(sink), hostname="127.0.0.1", port=free_port(), server_hostname="sink.example", **options
        )

    def factory(self) -> SMTP:
        server = _Server(self.handler, **self.SMTP_kwargs)
        server.sink = self.sink
        return server


@contextmanager
def smtp_sink(**behaviour: Any) -> Iterator[Sink]:
    """A sink that listens; `sink.server` says where."""
    sink = Sink(**behaviour)
    login: dict[str, Any] = {}
    if sink.refuse_login:
        login = {
            "authenticator": lambda *_: AuthResult(success=False, handled=False),
            "auth_require_tls": False,
            "auth_required": True,
        }
    controller = _Controller(sink, **login)
    greeting, sink.greeting = sink.greeting, None
    controller.start()
    sink.connections, sink.greeting = 0, greeting  # the controller tried the door itself
    credentials: dict[str, Any] = {"username": "toko", "password": "salah"} if sink.refuse_login else {}
    sink.server = MailServer("127.0.0.1", controller.port, timeout_seconds=3, reply_seconds=3, **credentials)
    try:
        yield sink
    finally:
        controller.stop()
