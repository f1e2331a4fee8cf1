"""A till that meets another transaction's lock: briefly waited for by all, longer only where there is room."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from common.lock_waits import WAIT_HEADER, lock_room
from merchants.tenancy import lock_patience, merchant_scope
from pos_integration.pipeline import request_fingerprint
from pos_integration.retries import BRIEF_MS, LONG_MS, LONGEST_MS, NoRoomToWait, run_retrying
from tests.api.conftest import ApiShop, open_shop
from tests.api.test_outages import rival
from tests.api.till import line, new_key

SALE = {"reference": "R-1", "lines": [line()]}


class Room:
    """The lane's part: says whether there is room, and counts how often it was asked."""

    def __init__(self, has_room: bool) -> None:
        self.has_room = has_room
        self.asked = 0

    def enter(self) -> bool:
        self.asked += 1
        return self.has_room


@contextmanager
def served_with(room: Room) -> Iterator[Room]:
    token = lock_room.set(room)
    try:
        yield room
    finally:
        lock_room.reset(token)


@pytest.fixture
def shop(real_commits: None) -> ApiShop:
    return open_shop("Toko Antre")


@contextmanager
def locked_member(shop: ApiShop, member_id: str) -> Iterator[None]:
    with rival(shop) as cursor:
        merchant = str(shop.merchant.id)
        cursor.execute(
            "SELECT 1 FROM members_member WHERE merchant_id = %s AND id = %s FOR UPDATE", [merchant, member_id]
        )
        yield


def limits() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        row: tuple[str, str] = cursor.fetchone()
    return row


def test_without_room_the_till_is_refused_and_the_answer_held_back(shop: ApiShop) -> None:
    till = shop.till()
    member = till.enrol("0812 3456 7890")
    body, key = {**SALE, "member_id": member["id"]}, new_key()
    with locked_member(shop, member["id"]), served_with(Room(has_room=False)) as room:
        answer = till.send("POST", "/sales", body, key=key)
    problem: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, problem["code"], problem["retryable"]) == (503, "temporarily_unavailable", True)
    assert (answer["Retry-After"], answer[WAIT_HEADER]) == ("1", "1")
    assert room.asked == 1
    till.post("/sales", body, status=201, key=key)


def test_a_twin_without_room_is_answered_too(shop: ApiShop) -> None:
    till, key = shop.till(), new_key()
    prints = request_fingerprint(method="POST", route="any", path={}, data={})
    with rival(shop) as cursor, served_with(Room(has_room=False)):
        cursor.execute(
            "INSERT INTO merchants_claimedkey (merchant_id, id, till_id, key, request_fingerprint, claimed_at) "
            "VALUES (%s, gen_random_uuid(), %s, %s, %s, now())",
            [str(shop.merchant.id), str(shop.till_id), key, prints],
        )
        answer = till.send("POST", "/sales", SALE, key=key)
    assert answer.status_code in {409, 503}
    assert json.loads(answer.content)["retryable"] is True


def test_with_room_the_second_attempt_waits_longer_but_not_for_ever(shop: ApiShop) -> None:
    seen: list[tuple[str, str]] = []

    def work() -> str:
        with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
            seen.append(limits())
            if len(seen) == 1:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'locked' USING ERRCODE = '55P03'; END $$")
        return "done"

    with served_with(Room(has_room=True)) as room:
        assert run_retrying(work) == "done"
    assert seen == [(f"{BRIEF_MS}ms", "5s"), (f"{LONG_MS}ms", f"{LONGEST_MS}ms")]
    assert room.asked == 1
    assert LONGEST_MS + BRIEF_MS < 2_000


def test_no_room_is_its_own_refusal_and_other_weather_asks_for_none(shop: ApiShop) -> None:
    def fail(sqlstate: str) -> None:
        with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'weather' USING ERRCODE = '{sqlstate}'; END $$")

    with served_with(Room(has_room=False)) as room:
        with pytest.raises(NoRoomToWait):
            run_retrying(lambda: fail("55P03"))
        assert room.asked == 1
        with pytest.raises(Exception) as other:  # noqa: PT011 - the kind is asserted below
            run_retrying(lambda: fail("57014"))
        assert not isinstance(other.value, NoRoomToWait)
        assert room.asked == 1


def test_patience_ends_with_its_block(shop: ApiShop) -> None:
    with lock_patience(10):
        pass
    with merchant_scope(shop.merchant.id):
        assert limits() == ("2s", "5s")
