"""`/ready` says whether a sale could be stored; `/health` only that the process answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings

from common.models import Heartbeat
from loyalty import readiness
from loyalty.embedded import free_port

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness._Kept, "at", -readiness.KEPT_SECONDS)


@contextmanager
def read_only_sessions() -> Iterator[None]:
    """Make every session read-only, as a full disk or a standby does: everything can be read, nothing written."""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        yield
    finally:
        connection.close()


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/ready")
    return answer.status_code, answer.json()


def test_it_is_ready_when_a_row_can_be_written(client: Client) -> None:
    Heartbeat.objects.all().delete()
    assert ask(client) == (200, {"status": "ready", "database": "ok", "broker": "ok", "disk": "ok"})
    assert Heartbeat.objects.count() == 1


def test_a_database_that_only_reads_is_not_ready_though_healthy(client: Client) -> None:
    with read_only_sessions():
        assert ask(client) == (503, {"status": "unavailable", "database": "read_only", "broker": "ok", "disk": "ok"})
        health = client.get("/api/pos/v1/health")
    assert (health.status_code, health.json()["status"]) == (200, "ok")


def test_a_database_that_is_gone_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", str(free_port()))
    status, findings = ask(client)
    connection.close()
    assert (status, findings["database"]) == (503, "down")


def test_a_full_disk_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "loyalty.readiness.shutil.disk_usage", lambda path: SimpleNamespace(free=readiness.FREE_BYTES - 1)
    )
    status, findings = ask(client)
    assert (status, findings["disk"]) == (503, "full")


def test_a_broker_that_is_away_stops_no_one(client: Client) -> None:
    with override_settings(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"):
        status, findings = ask(client)
    assert (status, findings["status"], findings["broker"]) == (200, "degraded", "down")


def test_strangers_who_ask_often_write_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def find_out() -> dict[str, str]:
        written.append(1)
        return {"database": "ok", "broker": "ok", "disk": "ok"}

    monkeypatch.setattr(readiness, "find_out", find_out)
    for _ in range(20):
        ask(client)
    assert written == [1]
