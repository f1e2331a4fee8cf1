"""Outages: the database gone, locked or in conflict. The till gets 503 and may repeat; nothing is half-written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from common.errors import TemporarilyUnavailable
from merchants.tenancy import merchant_scope
from pos_integration.pipeline import request_fingerprint
from pos_integration.retries import RETRIES, run_retrying
from tests.api.conftest import ApiShop, open_shop
from tests.api.till import ApiTill, line, new_key
from tests.databases import app_url

SALE = {"reference": "R-1", "lines": [line()]}


@pytest.fixture
def lasting_shop(real_commits: None) -> ApiShop:
    """A merchant whose rows are committed."""
    return open_shop("Toko Hujan")


@pytest.fixture
def lasting_till(lasting_shop: ApiShop) -> ApiTill:
    return lasting_shop.till()


@contextmanager
def database_gone() -> Iterator[None]:
    """Every new connection is refused, as when the server is stopped."""
    connection.close()
    port = connections["default"].settings_dict["PORT"]
    connections["default"].settings_dict["PORT"] = "1"
    try:
        yield
    finally:
        connection.close()
        connections["default"].settings_dict["PORT"] = port


@contextmanager
def rival(shop: ApiShop) -> Iterator[Any]:
    """Another session of the application role inside this merchant's scope."""
    other = psycopg2.connect(app_url(settings.DATABASES["default"]["NAME"]))
    try:
        with other.cursor() as cursor:
            cursor.execute(f"SET LOCAL app.merchant = '{shop.merchant.id}'")
            yield cursor
    finally:
        other.rollback()
        other.close()


@contextmanager
def watched() -> Iterator[set[str]]:
    """Collect what sessions of this database waited for, as PostgreSQL names it ('transactionid', 'tuple')."""
    found: set[str] = set()
    over = Event()
    waits = "SELECT wait_event FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    def watch() -> None:
        with closing(psycopg2.connect(app_url(settings.DATABASES["default"]["NAME"]))) as session:
            session.autocommit = True
            with session.cursor() as cursor:
                while not over.wait(0.02):
                    cursor.execute(waits)
                    found.update(row[0] for row in cursor.fetchall())

    thread = Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def unavailable(till: ApiTill, method: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
    response = till.send(method, path, body, **options)
    problem: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, problem["code"]) == (503, "temporarily_unavailable")
    assert problem["retryable"] is True
    assert response["Retry-After"] == "1"
    return problem


def test_a_stopped_database_is_said_and_passes(lasting_till: ApiTill) -> None:
    key = new_key()
    with database_gone():
        unavailable(lasting_till, "GET", "/program")
        unavailable(lasting_till, "POST", "/sales", SALE, key=key)
        health = lasting_till.ok("GET", "/health")
        assert (health["status"], health["database"]) == ("down", "down")
    assert lasting_till.post("/sales", SALE, status=201, key=key)["status"] == "completed"


def test_a_connection_cut_while_idle_is_not_noticed(lasting_till: ApiTill) -> None:
    """T22: the server closed our session; the request opens a new one and goes through."""
    lasting_till.get("/program")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()[0]
    other = psycopg2.connect(app_url(settings.DATABASES["default"]["NAME"]))
    with other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [ours])
    other.close()
    lasting_till.post("/sales", SALE, status=201)


def test_a_twin_that_holds_the_key_is_waited_for_and_then_answered(
    lasting_till: ApiTill, lasting_shop: ApiShop
) -> None:
    key = new_key()
    prints = request_fingerprint(method="POST", route="any", path={}, data={})
    with rival(lasting_shop) as cursor:
        cursor.execute(
            "INSERT INTO merchants_claimedkey (merchant_id, id, till_id, key, request_fingerprint, claimed_at) "
            "VALUES (%s, gen_random_uuid(), %s, %s, %s, %s)",
            [str(lasting_shop.merchant.id), str(lasting_shop.till_id), key, prints, timezone.now()],
        )
        with watched() as waits:
            response = lasting_till.send("POST", "/sales", SALE, key=key)
        assert waits == {"transactionid"}, "it did not wait for the twin to end"
        assert (response.status_code, response["Retry-After"]) == (409, "1")
        problem = json.loads(response.content)
        assert (problem["code"], problem["retryable"]) == ("idempotency_in_progress", True)
    lasting_till.post("/sales", SALE, status=201, key=key)


def test_a_later_lock_is_unavailable_and_keeps_nothing(lasting_till: ApiTill, lasting_shop: ApiShop) -> None:
    member = lasting_till.enrol("0812 3456 7890")
    key, body = new_key(), {**SALE, "member_id": member["id"]}
    with rival(lasting_shop) as cursor:
        cursor.execute(
            "SELECT 1 FROM members_member WHERE merchant_id = %s AND id = %s FOR UPDATE",
            [str(lasting_shop.merchant.id), member["id"]],
        )
        unavailable(lasting_till, "POST", "/sales", body, key=key)
    sale = lasting_till.send("POST", "/sales", body, key=key)
    assert sale.status_code == 201
    assert "Idempotency-Replayed" not in sale


@pytest.mark.parametrize(
    ("sqlstate", "attempts"), [("40P01", RETRIES + 1), ("40001", RETRIES + 1), ("55P03", 1), ("57014", 1)]
)
def test_collisions_are_tried_again_and_waits_are_not(lasting_shop: ApiShop, sqlstate: str, attempts: int) -> None:
    tried = 0

    def work() -> None:
        nonlocal tried
        tried += 1
        with merchant_scope(lasting_shop.merchant.id), connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'weather' USING ERRCODE = '{sqlstate}'; END $$")

    with pytest.raises(TemporarilyUnavailable):
        run_retrying(work)
    assert tried == attempts


def test_a_collision_that_passes_is_not_seen(lasting_shop: ApiShop) -> None:
    tried = 0

    def work() -> str:
        nonlocal tried
        tried += 1
        with merchant_scope(lasting_shop.merchant.id), connection.cursor() as cursor:
            if tried < RETRIES:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'collision' USING ERRCODE = '40P01'; END $$")
        return "done"

    assert run_retrying(work) == "done"


def test_an_unexpected_error_is_a_problem_too(lasting_till: ApiTill, monkeypatch: pytest.MonkeyPatch) -> None:
    import pos_integration.views.sales as room  # noqa: PLC0415

    def fail(**_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(room, "record_sale", fail)
    problem = lasting_till.refused("POST", "/sales", SALE, status=500, code="internal_error")
    assert "ZeroDivision" not in json.dumps(problem)
    monkeypatch.undo()
    lasting_till.post("/sales", SALE, status=201)
