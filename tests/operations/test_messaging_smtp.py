"""The SMTP link against real conversations: at every stage it knows what the server has and what it has not."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from messaging.mailer.link import LinkError, MailServer, SmtpLink
from messaging.mailer.message import BadAddressError, Mail, check_address, message_bytes
from messaging.rules.replies import Meaning, Reply, SmtpStage, meaning_of
from tests.smtp_sink import parsed, smtp_sink

SENDER = "toko@kopi.example"
MESSAGE = b"Subject: Halo\r\n\r\nSatu baris.\r\n.titik di depan\r\n..dua titik\r\n"


def hand_over(link: SmtpLink, recipient: str = "budi@example.com", content: bytes = MESSAGE) -> Reply:
    if not link.is_open:
        link.open()
    return link.offer(sender=SENDER, recipient=recipient) or link.deliver(content)


def test_a_message_arrives_byte_for_byte_and_the_link_is_used_again() -> None:
    with smtp_sink() as sink:
        link = SmtpLink(sink.server)
        assert [hand_over(link, f"m{n}@example.com").code for n in range(5)] == [250] * 5
        link.close()
    assert {content for _, content in sink.messages} == {MESSAGE}
    assert sink.connections == 1


def test_a_refused_recipient_leaves_the_link_usable() -> None:
    with smtp_sink(at_recipient=lambda to, _: "550 5.1.1 Unknown" if to.startswith("x") else None) as sink:
        link = SmtpLink(sink.server)
        refusal = hand_over(link, "x@example.com")
        assert (refusal.stage, refusal.code, refusal.enhanced) == (SmtpStage.RECIPIENT, 550, "5.1.1")
        assert hand_over(link, "y@example.com").code == 250
    assert sink.recipients == ["y@example.com"]


def test_a_withdrawn_offer_sends_nothing() -> None:
    with smtp_sink() as sink:
        link = SmtpLink(sink.server)
        link.open()
        assert link.offer(sender=SENDER, recipient="x@example.com") is None
        link.withdraw()
        assert hand_over(link, "y@example.com").code == 250
    assert sink.recipients == ["y@example.com"]


def test_421_closes_the_link() -> None:
    with smtp_sink(at_recipient=lambda _to, times: "421 4.7.0 Busy" if times == 0 else None) as sink:
        link = SmtpLink(sink.server)
        assert meaning_of(hand_over(link)) is Meaning.TRY_LATER
        assert not link.is_open
        assert hand_over(link).code == 250
    assert sink.connections == 2


def test_a_refusal_at_the_end_is_a_refusal() -> None:
    with smtp_sink(at_end=lambda _to, _times: "451 4.3.0 Later") as sink:
        reply = hand_over(SmtpLink(sink.server))
    assert (reply.stage, reply.code) == (SmtpStage.FINAL_DOT, 451)
    assert sink.messages == []


def test_lost_before_the_final_dot_the_server_has_nothing() -> None:
    with smtp_sink(cut_before_dot={"budi@example.com"}) as sink, pytest.raises(LinkError) as lost:
        hand_over(SmtpLink(sink.server), content=b"Subject: x\r\n\r\n" + b"x" * 5_000_000)
    assert lost.value.reply.stage is SmtpStage.DATA
    assert meaning_of(lost.value.reply) is Meaning.TRY_LATER
    assert sink.messages == []


def test_lost_after_the_final_dot_is_uncertain() -> None:
    with smtp_sink(cut_after_dot={"budi@example.com"}) as sink, pytest.raises(LinkError) as lost:
        hand_over(SmtpLink(sink.server))
    assert lost.value.reply.stage is SmtpStage.FINAL_DOT
    assert meaning_of(lost.value.reply) is Meaning.UNKNOWN
    assert len(sink.messages) == 1


def test_a_silent_server_after_the_final_dot_is_the_same() -> None:
    with smtp_sink(delay_seconds=1.5) as sink:
        impatient = MailServer(sink.server.host, sink.server.port, timeout_seconds=3, reply_seconds=0.3)
        with pytest.raises(LinkError) as lost:
            hand_over(SmtpLink(impatient))
    assert meaning_of(lost.value.reply) is Meaning.UNKNOWN


def test_a_server_that_never_greets() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        link = SmtpLink(MailServer("127.0.0.1", deaf.getsockname()[1], timeout_seconds=0.3))
        with pytest.raises(LinkError) as lost:
            link.open()
    assert lost.value.reply.stage is SmtpStage.CONNECT
    assert not link.is_open


def test_a_server_that_hangs_up_on_hello() -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude:

        def hang_up() -> None:
            caller, _ = rude.accept()
            caller.sendall(b"220 hello\r\n")
            caller.recv(100)
            caller.close()

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(LinkError) as lost:
            SmtpLink(MailServer("127.0.0.1", rude.getsockname()[1], timeout_seconds=2)).open()
    assert lost.value.reply.stage is SmtpStage.GREETING


def test_no_server_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(LinkError) as lost:
        SmtpLink(MailServer("127.0.0.1", port, timeout_seconds=1)).open()
    assert lost.value.reply.stage is SmtpStage.CONNECT


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_refused_login_is_about_us() -> None:
    with smtp_sink(refuse_login=True) as sink, pytest.raises(LinkError) as refused:
        SmtpLink(sink.server).open()
    assert refused.value.reply.code == 535
    assert meaning_of(refused.value.reply) is Meaning.WE_ARE_REFUSED


# --- the bytes ---------------------------------------------------------------------------------------------------


def mail(**changes: str) -> Mail:
    fields = {
        "message_id": "<abc@kopi.example>",
        "sender_name": "Kopi Senja",
        "sender_address": SENDER,
        "reply_to": "",
        "recipient_name": "Budi",
        "recipient_address": "budi@example.com",
        "subject": "Halo",
        "text": "Halo\n",
        "html": "<p>Halo</p>",
        "unsubscribe_url": "https://kopi.example/m/kopi/u/" + "t" * 80,
        **changes,
    }
    return Mail(sent_at=datetime(2026, 11, 20, 3, tzinfo=UTC), **fields)


def headers_of(content: bytes) -> list[str]:
    return content.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


def test_one_click_unsubscribe_is_unfolded_in_the_header() -> None:
    lines = headers_of(message_bytes(mail()))
    assert f"List-Unsubscribe: <{mail().unsubscribe_url}>" in lines
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


@pytest.mark.parametrize(
    "url", ["https://kopi.example/" + "x" * 200, "https://a.example/ b", "https://a/\r\nBcc: x", "ftp://a"]
)
def test_an_unsubscribe_address_that_does_not_fit_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="header"):
        message_bytes(mail(unsubscribe_url=url))


@pytest.mark.parametrize(
    "name",
    [
        "Budi\r\nBcc: victim@example.com",
        "Budi\nSubject: gratis",
        'Budi" <victim@example.com>, "x',
        "n" * 10_000,
        "\u202egnaro",
        "محمد علي",
        "{{ coupon_code }}{% debug %}",
        "Bu\0di",
        "=?utf-8?q?Bcc=3A?=",
    ],
)
def test_no_name_becomes_a_header(name: str) -> None:
    content = message_bytes(mail(recipient_name=name, sender_name=name, subject=name))
    found = parsed(content)
    assert isinstance(found, EmailMessage)
    assert [key for key, _ in found.items() if key in {"Bcc", "To", "Subject", "From"}] == ["From", "To", "Subject"]
    assert [address.addr_spec for address in found["To"].addresses] == ["budi@example.com"]
    assert [address.addr_spec for address in found["From"].addresses] == [SENDER]
    assert all(len(line) <= 998 for line in headers_of(content))
    assert not found.defects


@pytest.mark.parametrize(
    "address",
    [
        "budi@example.com\r\nRCPT TO:<x@example.com>",
        "budi@example.com> SIZE=1",
        "budi example@example.com",
        "@example.com",
        "budi@",
        "budi@localhost",
        "budi@exa mple.com",
        "bu..di@example.com",
        "büdi@example.com",
        "a" * 250 + "@x.example",
        "",
    ],
)
def test_addresses_that_are_not_allowed_in_a_command(address: str) -> None:
    with pytest.raises(BadAddressError):
        check_address(address)


def test_a_domain_in_another_script_is_written_in_ascii() -> None:
    assert check_address("budi@kopi-köln.example") == "budi@xn--kopi-kln-s4a.example"


def test_text_and_html_arrive_as_written() -> None:
    text = "Halo Budi,\n\n.mulai dengan titik\nFrom awal baris\n" + "kata " * 60 + "é 🎉\n=C3 bukan kode "
    html = "<p>" + "<b>tebal</b> " * 200 + "</p>"
    with smtp_sink() as sink:
        hand_over(SmtpLink(sink.server), content=message_bytes(mail(text=text, html=html)))
    found = parsed(sink.messages[0][1])
    plain, rich = found.get_body(("plain",)), found.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().replace("\r\n", "\n") == text
    assert rich.get_content() == html
