"""The items of a batch wait for the disk together; an answer is only given of what is on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchants.models import ClaimedKey
from merchants.tenancy import merchant_scope
from pos_integration.views.batches import BatchesView
from tests.api.batches import sale_item, send, statuses
from tests.api.till import ApiTill, new_key

pytestmark = pytest.mark.usefixtures("midday")

PUT_OFF = "SET LOCAL synchronous_commit = off"
WAIT = "pg_logical_emit_message"


def texts(seen: CaptureQueriesContext) -> list[str]:
    return [str(query["sql"]) for query in seen.captured_queries]


def test_items_wait_for_the_disk_once_and_after_the_last(till: ApiTill) -> None:
    items = [sale_item(number, f"R-{number}") for number in range(1, 4)]
    with CaptureQueriesContext(connection) as seen:
        send(till, items)
    scopes = [sql for sql in texts(seen) if "SET LOCAL app.merchant = '0" in sql]
    waits = [place for place, sql in enumerate(texts(seen)) if WAIT in sql]
    assert [PUT_OFF in sql for sql in scopes].count(True) == len(items)
    assert len(waits) == 1
    assert waits[0] > max(place for place, sql in enumerate(texts(seen)) if "merchants_claimedkey SET status" in sql)


def test_a_sale_sent_alone_commits_as_the_database_is_set(till: ApiTill) -> None:
    with CaptureQueriesContext(connection) as seen:
        till.post("/sales", sale_item(1, "R-1")["body"], status=201)
    assert not [sql for sql in texts(seen) if PUT_OFF in sql or WAIT in sql]


def test_what_a_batch_has_just_done_is_told_alone_only_when_it_is_on_the_disk(till: ApiTill) -> None:
    item = sale_item(1, "R-1")
    send(till, [item])
    with CaptureQueriesContext(connection) as seen:
        till.post(
            "/sales", item["body"] | {"occurred_at": item["occurred_at"]}, status=201, key=item["idempotency_key"]
        )
    assert len([sql for sql in texts(seen) if WAIT in sql]) == 1


def test_a_batch_of_which_a_crash_took_an_item_is_not_answered_and_sent_again_is_done(
    till: ApiTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The crash is played by deleting the key's row; `tests/proofs` crashes a real server."""
    lost = new_key()
    items = [sale_item(1, "R-1"), sale_item(2, "R-2", key=lost), sale_item(3, "R-3")]

    carry_out = BatchesView._carry_out_all

    def crash(view: BatchesView, *arguments: Any) -> None:
        carry_out(view, *arguments)
        with merchant_scope(till.merchant.id):
            ClaimedKey.objects.filter(merchant_id=till.merchant.id, key=lost).delete()

    with monkeypatch.context() as patch:
        patch.setattr(BatchesView, "_carry_out_all", crash)
        till.refused("POST", "/batches", {"items": items}, status=503, code="temporarily_unavailable")
    answer = send(till, items)
    assert statuses(answer) == [(201, True), (200, True), (201, True)]
    assert UUID(answer["results"][1]["body"]["id"])


def test_one_key_twice_in_a_batch_is_one_item_to_look_for(till: ApiTill) -> None:
    item = sale_item(1, "R-1")
    assert statuses(send(till, [item, item])) == [(201, False), (201, True)]
