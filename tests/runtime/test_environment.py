"""A value that cannot be right stops the start and names its variable; a password is never printed."""

import subprocess
import sys
from pathlib import Path

import pytest

from loyalty.environment import BadEnvironment, read_bool, read_choice, read_int, read_list, read_url

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("raw", "expected"), [("1", True), ("yes", True), (" TRUE ", True), ("0", False), ("off", False), ("", False)]
)
def test_booleans(monkeypatch: pytest.MonkeyPatch, raw: str, expected: bool) -> None:
    monkeypatch.setenv("SWITCH", raw)
    assert read_bool("SWITCH", default=not expected) is expected


def test_a_boolean_that_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "ture")
    with pytest.raises(BadEnvironment, match="DEBUG must be true or false"):
        read_bool("DEBUG")


@pytest.mark.parametrize("raw", ["0", "65536", "-1", "8000.0", "eight", "٨٠٠٠", "1_000"])
def test_a_port_outside_its_range_is_refused(monkeypatch: pytest.MonkeyPatch, raw: str) -> None:
    monkeypatch.setenv("PORT", raw)
    with pytest.raises(BadEnvironment, match="PORT must be a whole number from 1 to 65535"):
        read_int("PORT", 8000, low=1, high=65535)


def test_lists_drop_what_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", "a.example, b.example,,")
    assert read_list("HOSTS") == ["a.example", "b.example"]


@pytest.mark.parametrize("raw", ["mysql://u:hemlig@h/d", "hemlig@h/d", "postgresql://h:port/d", "postgresql://[::1/d"])
def test_a_url_of_the_wrong_kind_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, raw: str) -> None:
    monkeypatch.setenv("DATABASE_URL", raw)
    with pytest.raises(BadEnvironment) as refusal:
        read_url("DATABASE_URL", "", schemes=frozenset({"postgresql"}))
    assert "DATABASE_URL must be a URL that starts with postgresql://" in str(refusal.value)
    assert raw not in str(refusal.value)


def test_a_choice_outside_the_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_ROLE", "root")
    with pytest.raises(BadEnvironment, match="DATABASE_ROLE must be one of app, owner"):
        read_choice("DATABASE_ROLE", "app", choices=frozenset({"app", "owner"}))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"DATABASE_URL": "postgresql://app@h/d", "REDIS_URL": "redis://h"}, "SECRET_KEY must be set"),
        ({"PORT": "0"}, "PORT must be a whole number"),
        ({"DEBUG": "maybe"}, "DEBUG must be true or false"),
        ({"PUBLIC_URL": "example.com"}, "PUBLIC_URL must be a URL"),
        ({"EMAIL_URL": "mailto:a@b"}, "EMAIL_URL must be a URL"),
    ],
)
def test_the_product_does_not_start_with_it(changes: dict[str, str], complaint: str, tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "LOYALTY_VAR_DIR": str(tmp_path), **changes}
    done = subprocess.run(
        [sys.executable, "-c", "import loyalty.settings"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
