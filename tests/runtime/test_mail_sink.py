"""The local mail server: a real SMTP conversation, one whole file for each accepted message, bytes untouched."""

import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loyalty.embedded import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    port, folder = free_port(), tmp_path / "mail"
    command = [sys.executable, "-m", "loyalty.mail_sink", "--port", str(port), "--folder", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port, folder
    process.terminate()
    assert process.wait(10) == 0


def test_keeps_each_accepted_message_byte_for_byte(sink: tuple[int, Path]) -> None:
    port, folder = sink
    first = "Subject: Selamat datang\r\n\r\nHalo Zoë, 10 % — sampai jumpa\r\n..titik\r\n".encode()
    second = b"Subject: latin\r\n\r\ncaf\xe9\r\n"
    with smtplib.SMTP("127.0.0.1", port) as client:
        for message in (first, second):
            client.sendmail("shop@example.com", ["budi@example.com", "ani@example.com"], message, ["BODY=8BITMIME"])
    kept = [path.read_bytes() for path in sorted(folder.iterdir())]
    assert kept == [first, second]


def test_a_conversation_that_breaks_off_leaves_nothing(sink: tuple[int, Path]) -> None:
    port, folder = sink
    client = smtplib.SMTP("127.0.0.1", port)
    client.ehlo()
    client.mail("shop@example.com")
    client.rcpt("budi@example.com")
    client.putcmd("data")
    client.getreply()
    client.send(b"Subject: half a mess")
    client.close()
    with smtplib.SMTP("127.0.0.1", port) as other:
        other.sendmail("shop@example.com", ["ani@example.com"], b"Subject: whole\r\n\r\nyes\r\n")
    assert [path.read_bytes() for path in folder.iterdir()] == [b"Subject: whole\r\n\r\nyes\r\n"]
