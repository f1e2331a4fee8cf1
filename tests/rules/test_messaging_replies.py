"""What a mail server's answer means: one row per answer."""

import pytest

from messaging.rules.replies import Meaning, SmtpStage, meaning_of, read_reply

M, S = Meaning, SmtpStage


@pytest.mark.parametrize(
    ("stage", "code", "text", "meaning"),
    [
        (S.FINAL_DOT, 250, "2.0.0 Ok: queued", M.ACCEPTED),
        (S.RECIPIENT, 421, "4.7.0 Try again later, closing", M.TRY_LATER),
        (S.RECIPIENT, 450, "4.2.0 Greylisted", M.TRY_LATER),
        (S.FINAL_DOT, 451, "4.3.0 Local error", M.TRY_LATER),
        (S.RECIPIENT, 452, "4.2.2 Mailbox full", M.TRY_LATER),
        (S.RECIPIENT, 550, "5.1.1 No such user", M.ADDRESS_IS_DEAD),
        (S.RECIPIENT, 553, "5.1.3 Bad address", M.ADDRESS_IS_DEAD),
        (S.FINAL_DOT, 550, "5.1.1 No such user", M.ADDRESS_IS_DEAD),
        (S.RECIPIENT, 550, "User unknown, they say", M.REJECTED),
        (S.RECIPIENT, 550, "5.2.1 Mailbox disabled", M.REJECTED),
        (S.FINAL_DOT, 554, "5.6.0 Content", M.REJECTED),
        (S.SENDER, 550, "5.1.8 Sender's domain does not exist", M.WE_ARE_REFUSED),
        (S.LOGIN, 535, "5.7.8 Bad credentials", M.WE_ARE_REFUSED),
        (S.SENDER, 530, "5.7.0 Authentication required", M.WE_ARE_REFUSED),
        (S.RECIPIENT, 550, "5.7.1 Relaying denied", M.WE_ARE_REFUSED),
        (S.FINAL_DOT, 550, "5.7.26 Unauthenticated mail is not accepted", M.WE_ARE_REFUSED),
        (S.FINAL_DOT, 552, "Quota exceeded", M.WE_ARE_REFUSED),
        (S.CONNECT, 554, "No SMTP service here", M.WE_ARE_REFUSED),
        (S.CONNECT, 421, "Too many connections", M.TRY_LATER),
        (S.CONNECT, 0, "TimeoutError", M.TRY_LATER),
        (S.GREETING, 0, "SMTPServerDisconnected", M.TRY_LATER),
        (S.RECIPIENT, 0, "SMTPServerDisconnected", M.TRY_LATER),
        (S.DATA, 0, "SMTPServerDisconnected", M.TRY_LATER),
        (S.FINAL_DOT, 0, "SMTPServerDisconnected", M.UNKNOWN),
    ],
)
def test_meaning(stage: SmtpStage, code: int, text: str, meaning: Meaning) -> None:
    assert meaning_of(read_reply(stage, code, text)) is meaning


def test_only_421_hangs_up() -> None:
    assert read_reply(SmtpStage.RECIPIENT, 421, "bye").hangs_up
    assert not read_reply(SmtpStage.RECIPIENT, 450, "later").hangs_up


def test_a_reply_is_kept_in_one_short_line() -> None:
    reply = read_reply(SmtpStage.RECIPIENT, 550, "5.1.1 no\r\nsuch " + "u" * 1000)
    assert "\n" not in reply.text
    assert len(reply.text) == 300
    assert reply.enhanced == "5.1.1"
