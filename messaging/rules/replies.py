"""What a mail server's reply means for the message, the address and the sender."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class SmtpStage(StrEnum):
    """How far a conversation had come. From FINAL_DOT on, no reply means that the message may have arrived."""

    CONNECT = "connect"
    GREETING = "greeting"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    FINAL_DOT = "final_dot"


class Meaning(StrEnum):
    ACCEPTED = "accepted"
    TRY_LATER = "try_later"
    ADDRESS_IS_DEAD = "address_is_dead"
    REJECTED = "rejected"
    WE_ARE_REFUSED = "we_are_refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Reply:
    """A server's answer: code (0 = none came), enhanced status ('5.1.1' or ''), its text in one line."""

    stage: SmtpStage
    code: int
    enhanced: str = ""
    text: str = ""

    @property
    def hangs_up(self) -> bool:
        """Return whether the server closes after this reply (421); then we close too."""
        return self.code == 421


NO_REPLY: Final = 0
_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")
_LOGIN_REFUSED: Final = frozenset({530, 534, 535})
_OVER_QUOTA: Final = 552


def read_reply(stage: SmtpStage, code: int, text: str) -> Reply:
    """Return the reply with its enhanced status code taken from the text."""
    line = " ".join(text.split())[:300]
    enhanced = _ENHANCED.match(line)
    return Reply(stage=stage, code=code, enhanced=enhanced[1] if enhanced else "", text=line)


def meaning_of(reply: Reply) -> Meaning:
    """Return what a reply means; the only place that judges codes.

    A permanent refusal of the login, of the sender, of our policy standing (5.7.x) or for quota (552) is about us: the
    campaign pauses and no address is suppressed. 5.1.x about the recipient means that the address does not exist.
    """
    if reply.code == NO_REPLY:
        return Meaning.UNKNOWN if reply.stage is SmtpStage.FINAL_DOT else Meaning.TRY_LATER
    if 200 <= reply.code < 300:
        return Meaning.ACCEPTED
    if reply.code < 500:
        return Meaning.TRY_LATER
    if _is_about_us(reply):
        return Meaning.WE_ARE_REFUSED
    if reply.enhanced.startswith("5.1."):
        return Meaning.ADDRESS_IS_DEAD
    return Meaning.REJECTED


def _is_about_us(reply: Reply) -> bool:
    early = reply.stage in {SmtpStage.CONNECT, SmtpStage.GREETING, SmtpStage.LOGIN, SmtpStage.SENDER}
    return early or reply.code in _LOGIN_REFUSED or reply.code == _OVER_QUOTA or reply.enhanced.startswith("5.7.")
