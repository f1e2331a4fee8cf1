"""An SMTP conversation that always knows how far it came.

smtplib's `sendmail` hides the one moment that matters: whether the connection was lost before or after the final
dot. Before it the server has nothing and the message may be tried again; after it we do not know (RFC 1047).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Final, NoReturn

from django.conf import settings

from messaging.rules.replies import Reply, SmtpStage, read_reply

REPLY_SECONDS: Final = 60
"""How long the server may take to answer the final dot; less than a worker's hard limit of 300 s."""
_LEADING_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True)
class MailServer:
    host: str
    port: int
    username: str = ""
    password: str = ""
    use_tls: bool = False
    use_ssl: bool = False
    hello_name: str = "localhost"
    timeout_seconds: float = 10
    reply_seconds: float = REPLY_SECONDS


def configured_server() -> MailServer:
    """Return the server of EMAIL_URL; we greet it with the domain that we send from."""
    return MailServer(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        username=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        use_tls=settings.EMAIL_USE_TLS,
        use_ssl=settings.EMAIL_USE_SSL,
        hello_name=sender_domain(),
        timeout_seconds=settings.EMAIL_TIMEOUT,
    )


def sender_address() -> str:
    """Return the address of DEFAULT_FROM_EMAIL: one for all merchants, so that one domain's signature covers all."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def sender_domain() -> str:
    """Return the domain for greetings and Message-IDs."""
    return sender_address().rpartition("@")[2] or "localhost"


class LinkError(Exception):
    """The conversation cannot go on; `reply` says at which stage and, with a code other than 0, why."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(f"{reply.stage.value}: {reply.code} {reply.text}")


class SmtpLink:
    """One connection for many messages: `open`, then `offer` and `deliver` for each message, then `close`."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None

    @property
    def is_open(self) -> bool:
        return self._smtp is not None

    def open(self) -> None:
        """Connect, greet, encrypt and log in as the server requires. Raises LinkError."""
        stage = SmtpStage.CONNECT
        try:
            smtp = self._connect_server()
            stage = SmtpStage.GREETING
            smtp.ehlo_or_helo_if_needed()
            if self.server.use_tls:
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
            stage = SmtpStage.LOGIN
            if self.server.username:
                smtp.login(self.server.username, self.server.password)
        except smtplib.SMTPResponseException as error:
            self.close()
            raise LinkError(_as_reply(stage, error.smtp_code, error.smtp_error)) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise LinkError(read_reply(stage, 0, type(error).__name__)) from error

    def _connect_server(self) -> smtplib.SMTP:
        server = self.server
        # Without a host the constructors do not connect, so that a half-open connection can be closed.
        if server.use_ssl:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                local_hostname=server.hello_name, timeout=server.timeout_seconds, context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(local_hostname=server.hello_name, timeout=server.timeout_seconds)
        self._smtp = smtp
        smtp._host = server.host  # type: ignore[attr-defined]  # starttls checks the certificate's name against it
        code, text = smtp.connect(server.host, server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, text)
        if smtp.sock is not None:
            # The final dot travels alone: with Nagle's algorithm it would wait for the server's delayed
            # acknowledgement of the message before it, 40 ms a mail.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return smtp

    def offer(self, *, sender: str, recipient: str) -> Reply | None:
        """Name sender and recipient; return None when the server accepts both, else the reply that refuses.

        Nothing has been handed over yet: the caller records that data begins, then calls `deliver`.
        Raises LinkError when the connection is lost.
        """
        for stage, command in (
            (SmtpStage.SENDER, f"MAIL FROM:<{sender}>"),
            (SmtpStage.RECIPIENT, f"RCPT TO:<{recipient}>"),
        ):
            reply = self._ask_server(stage, command)
            if not 200 <= reply.code < 300:
                self._after_refusal(reply)
                return reply
        return None

    def deliver(self, content: bytes) -> Reply:
        """Hand the message over after a successful `offer`; the reply decides, whatever its code.

        `content` has CRLF line ends. Raises LinkError with stage DATA when the connection is lost before the final
        dot was sent, with stage FINAL_DOT when it is lost after: then the server may or may not have the message.
        """
        reply = self._ask_server(SmtpStage.DATA, "DATA")
        if reply.code != 354:
            self._after_refusal(reply)
            return reply
        body = _LEADING_DOT.sub(b"..", content)
        self._send_bytes(SmtpStage.DATA, body if body.endswith(b"\r\n") else body + b"\r\n")
        self._set_patience(self.server.reply_seconds)
        self._send_bytes(SmtpStage.FINAL_DOT, b".\r\n")
        reply = self._read_answer(SmtpStage.FINAL_DOT)
        self._set_patience(self.server.timeout_seconds)
        if reply.hangs_up:
            self.close()
        return reply

    def withdraw(self) -> None:
        """Take back an accepted offer (the member unsubscribed in between). A lost connection is closed."""
        try:
            if self._ask_server(SmtpStage.SENDER, "RSET").code != 250:
                self.close()
        except LinkError:
            self.close()

    def close(self) -> None:
        """Say goodbye if the connection is still open; never raises."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(1)
                smtp.docmd("QUIT")
        except (smtplib.SMTPException, OSError, ValueError):
            pass
        finally:
            smtp.close()

    def _after_refusal(self, reply: Reply) -> None:
        if reply.hangs_up:
            self.close()
        else:
            self.withdraw()

    def _ask_server(self, stage: SmtpStage, command: str) -> Reply:
        self._send_bytes(stage, command.encode("ascii") + b"\r\n")
        return self._read_answer(stage)

    def _send_bytes(self, stage: SmtpStage, data: bytes) -> None:
        smtp = self._require_link(stage)
        try:
            smtp.send(data)
        except (smtplib.SMTPException, OSError) as error:
            self._drop_link(stage, error)

    def _read_answer(self, stage: SmtpStage) -> Reply:
        smtp = self._require_link(stage)
        try:
            return _as_reply(stage, *smtp.getreply())
        except (smtplib.SMTPException, OSError) as error:
            self._drop_link(stage, error)

    def _require_link(self, stage: SmtpStage) -> smtplib.SMTP:
        if self._smtp is None:
            raise LinkError(read_reply(stage, 0, "closed"))
        return self._smtp

    def _drop_link(self, stage: SmtpStage, error: Exception) -> NoReturn:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()
        raise LinkError(read_reply(stage, 0, type(error).__name__)) from error

    def _set_patience(self, seconds: float) -> None:
        smtp = self._require_link(SmtpStage.DATA)
        if smtp.sock is not None:
            smtp.sock.settimeout(seconds)


def _as_reply(stage: SmtpStage, code: int, text: bytes | str) -> Reply:
    return read_reply(stage, code, text.decode("utf-8", "replace") if isinstance(text, bytes) else text)
