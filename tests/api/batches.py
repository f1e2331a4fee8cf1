"""Batches as tests send them: items with their keys and numbers, and what came of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from tests.api.till import ApiTill, line, new_key

Item = dict[str, Any]


def hours_ago(hours: float) -> str:
    return (timezone.now() - timedelta(hours=hours)).isoformat()


def item(
    operation: str, number: int, body: dict[str, Any], *, at: str | datetime | None = None, key: str | None = None
) -> Item:
    occurred_at = at.isoformat() if isinstance(at, datetime) else at
    return {
        "idempotency_key": key or new_key(),
        "terminal_seq": number,
        "operation": operation,
        "occurred_at": occurred_at or hours_ago(3),
        "body": body,
    }


def sale_item(number: int, reference: str, *, at: str | None = None, key: str | None = None, **fields: Any) -> Item:
    body = {"reference": reference, "lines": [line()], **fields}
    return item("sale", number, body, at=at, key=key)


def refund_item(number: int, reference: str, refund_reference: str, *, quantity: int = 1, **options: Any) -> Item:
    lines = [{"line_id": "1", "quantity": quantity}]
    body = {"reference": reference, "refund_reference": refund_reference, "lines": lines}
    return item("refund", number, body, **options)


def send(till: ApiTill, items: Sequence[Any], *, device_id: str | None = None, **options: Any) -> Any:
    body = {"items": list(items), **({"device_id": device_id} if device_id else {})}
    answer = till.post("/batches", body, **options)
    keys = [one.get("idempotency_key") if isinstance(one, dict) else None for one in items]
    assert [one["idempotency_key"] for one in answer["results"]] == keys
    return answer


def send_until_done(till: ApiTill, items: Sequence[Any], **options: Any) -> Any:
    """Send the batch again while the machine is too busy for some of it, as a till does."""
    for _ in range(10):
        answer = send(till, items, **options)
        if all(one["status"] != 503 for one in answer["results"]):
            break
    return answer


def statuses(answer: Any) -> list[tuple[int, bool]]:
    return [(one["status"], one["replayed"]) for one in answer["results"]]


def codes(answer: Any) -> list[str | None]:
    return [one["body"].get("code") if one["status"] >= 400 else None for one in answer["results"]]
