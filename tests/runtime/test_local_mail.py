"""The page of the local mail sink: complete, safe, only on this machine, never in production."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "<script>parent.document.title='x'</script>"


def keep(folder: Path, *, to: str, subject: str, body: str = "", html: str = "", number: int = 1) -> str:
    name = f"{time.time_ns() + number}-1-{number}"
    text = f"From: Toko <toko@example.com>\nTo: {to}\nSubject: {subject}\nMIME-Version: 1.0\n"
    text += 'Content-Type: multipart/alternative; boundary="b"\n\n'
    text += f"--b\nContent-Type: text/plain; charset=utf-8\n\n{body}\n"
    text += f"--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n"
    (folder / f"{name}.eml").write_text(text, encoding="utf-8")
    return name


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.LOCAL_MAIL_DIR = tmp_path
    return tmp_path


@pytest.fixture
def client(db: None) -> Client:
    return Client(headers={"accept-language": "en"})


def test_the_newest_comes_first_and_a_recipient_is_found(folder: Path, client: Client) -> None:
    assert "No mail was sent yet." in client.get("/local-mail/").content.decode()
    for number, who in enumerate(("ani@example.com", "budi@example.com", "Ani <ani@example.com>")):
        keep(folder, to=who, subject=f"Nomor {number}", number=number)
    page = client.get("/local-mail/").content.decode()
    assert page.index("Nomor 2") < page.index("Nomor 1") < page.index("Nomor 0")
    found = client.get("/local-mail/", {"to": "ANI@"}).content.decode()
    assert ("Nomor 2" in found, "Nomor 1" in found, "Nomor 0" in found) == (True, False, True)
    assert "No mail to this recipient." in client.get("/local-mail/", {"to": "siti"}).content.decode()


def test_half_a_message_is_not_shown(folder: Path, client: Client) -> None:
    name = keep(folder, to="ani@example.com", subject="Setengah")
    (folder / f"{name}.eml").rename(folder / f".{name}.eml.partial")
    assert "Setengah" not in client.get("/local-mail/").content.decode()


def test_what_a_mail_says_stays_in_its_frame(folder: Path, client: Client) -> None:
    name = keep(
        folder,
        to="ani@example.com",
        subject=f"Hai {SCRIPT}",
        body=f"Buka http://127.0.0.1:8000/x/ {SCRIPT}",
        html=f'<p>Halo</p><a href="http://127.0.0.1:8000/x/">Buka</a>{SCRIPT}<img src="http://jahat.example/p.gif">',
    )
    for path in ("/local-mail/", f"/local-mail/{name}/"):
        assert SCRIPT not in client.get(path).content.decode()
    page = client.get(f"/local-mail/{name}/").content.decode()
    assert '<a href="http://127.0.0.1:8000/x/"' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    frame = client.get(f"/local-mail/{name}/body/")
    policy = frame["Content-Security-Policy"]
    assert "sandbox allow-popups allow-popups-to-escape-sandbox;" in policy
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert '<a href="http://127.0.0.1:8000/x/">' in frame.content.decode()


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe\x00", b"Subject: =?utf-8?b?gICA?=\n\n\xff", b"Content-Type: text/html; charset=nope\n\nx"]
)
def test_any_message_can_be_opened(folder: Path, client: Client, raw: bytes) -> None:
    (folder / "1-1-1.eml").write_bytes(raw)
    for path in ("/local-mail/", "/local-mail/1-1-1/", "/local-mail/1-1-1/body/"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("name", ["none", "..", "1-1-2"])
def test_nothing_else_of_the_machine_is_read(folder: Path, client: Client, name: str) -> None:
    (folder.parent / "secret.eml").write_text("rahasia")
    assert client.get(f"/local-mail/{name}/").status_code == 404


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.8", "::ffff:192.0.2.1", "", "nonsense"])
def test_other_machines_find_nothing(folder: Path, client: Client, address: str) -> None:
    keep(folder, to="ani@example.com", subject="Rahasia")
    assert client.get("/local-mail/", REMOTE_ADDR=address).status_code == 404


def test_a_proxy_on_this_machine_opens_it_to_no_one(folder: Path, client: Client, settings: Any) -> None:
    headers = {"x-forwarded-for": "127.0.0.1"}
    assert client.get("/local-mail/", headers=headers).status_code == 404
    settings.TRUSTED_PROXY_COUNT = 1
    assert client.get("/local-mail/", headers={"x-forwarded-for": "192.0.2.1"}).status_code == 404
    assert client.get("/local-mail/", headers=headers).status_code == 200


def test_where_mail_goes_elsewhere_there_is_no_page(client: Client, settings: Any) -> None:
    settings.LOCAL_MAIL_DIR = None
    assert client.get("/local-mail/").status_code == 404


SETTINGS = "from loyalty import settings as s; print(s.LOCAL_MAIL_DIR is None, sorted(s.ALLOWED_HOSTS))"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"PUBLIC_URL": "https://toko.example"}, "True ['toko.example']"),
        ({"PUBLIC_URL": "http://toko.example", "DATABASE_URL": "postgresql://a:b@db/x"}, "True ['toko.example']"),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, "False ['127.0.0.1', '127.0.0.1', '[::1]', 'localhost']"),
        ({"EMAIL_URL": "smtp://mail.example"}, "True ['127.0.0.1', '127.0.0.1', '[::1]', 'localhost']"),
    ],
)
def test_production_shows_no_mail_and_answers_to_its_own_name(changes: dict[str, str], expected: str) -> None:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DATABASE", "EMAIL"))
    }
    environment = {**inherited, "SECRET_KEY": "x" * 50, "CODE_KEY": "y" * 50, **changes}
    environment.setdefault("PUBLIC_URL", "http://127.0.0.1:8000")
    done = subprocess.run(
        [sys.executable, "-c", SETTINGS], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == expected
