"""A till for tests: speaks to the real URLs and holds every answer against the OpenAPI document."""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jsonschema_rs
from django.http import HttpResponse
from django.test import Client

from merchants.facts import MerchantFacts
from pos_integration.schema.document import TillSchemaGenerator

BASE = "/api/pos/v1"
WRITES = frozenset({"POST", "PATCH"})
BUSY_TRIES, BUSY_SECONDS = 4, 1.5


def new_key() -> str:
    return secrets.token_hex(16)


def line(line_id: str = "1", *, unit_amount: int = 25_000, quantity: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "line_id": line_id,
        "sku": f"SKU-{line_id}",
        "name": f"Barang {line_id}",
        "quantity": quantity,
        "unit_amount": unit_amount,
        **fields,
    }


@dataclass
class ApiTill:
    """One till with its key. `ok` asserts the status and returns the body; `send` returns the raw response."""

    merchant: MerchantFacts
    till_id: Any
    outlet_id: Any
    key: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))
    language: str = "en"

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        raw: bytes | None = None,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
        query: dict[str, Any] | None = None,
    ) -> HttpResponse:
        sent = {"Authorization": f"Bearer {self.key}", "Accept-Language": self.language}
        if method in WRITES:
            sent["Idempotency-Key"] = key if key is not None else new_key()
        sent.update(headers or {})
        sent = {name: value for name, value in sent.items() if value}
        data: Any = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        options: dict[str, Any] = {"headers": sent}
        if query:
            options["query_params"] = query
        if method in WRITES:
            options |= {"data": data, "content_type": content_type}
        response: HttpResponse = getattr(self.client, method.lower())(BASE + path, **options)
        check_answer(method, path, response)
        return response

    def ok(self, method: str, path: str, body: Any = None, *, status: int = 200, **options: Any) -> Any:
        response = self._send_until_answered(method, path, body, status=status, **options)
        assert response.status_code == status, (response.status_code, response.content.decode())
        return json.loads(response.content) if response.content else None

    def _send_until_answered(self, method: str, path: str, body: Any, *, status: int, **options: Any) -> HttpResponse:
        """Send again, with the same key, what a busy machine could not answer in time, as a till does.

        The database gives up on a statement after 5 seconds and on a lock after 2. A 503 that comes sooner has another
        reason: it is the answer.
        """
        options = {"key": new_key(), **options}
        for _ in range(BUSY_TRIES):
            started = time.perf_counter()
            response = self.send(method, path, body, **options)
            if response.status_code != 503 or status == 503 or time.perf_counter() - started < BUSY_SECONDS:
                break
        return response

    def get(self, path: str, **query: Any) -> Any:
        return self.ok("GET", path, query=query)

    def post(self, path: str, body: Any = None, *, status: int = 200, **options: Any) -> Any:
        return self.ok("POST", path, body, status=status, **options)

    def patch(self, path: str, body: Any = None, *, status: int = 200, **options: Any) -> Any:
        return self.ok("PATCH", path, body, status=status, **options)

    def refused(self, method: str, path: str, body: Any = None, *, status: int, code: str, **options: Any) -> Any:
        problem = self.ok(method, path, body, status=status, **options)
        assert problem["code"] == code, problem
        return problem

    # --- what tests do all the time

    def enrol(self, phone: str, name: str = "Siti Rahma", **fields: Any) -> Any:
        body = {"name": name, "phone": phone, "promo_consent": False, **fields}
        return self.post("/members", body, status=201)["member"]

    def sell(self, reference: str, *lines: dict[str, Any], status: int = 201, **fields: Any) -> Any:
        body = {"reference": reference, "lines": list(lines) or [line()], **fields}
        return self.post("/sales", body, status=status)

    def balance(self, member_id: str) -> int:
        points = self.get(f"/members/{member_id}")["member"]["points"]
        return int(points["available"] + points["pending"] + points["held"] - points["debt"])


def check_answer(method: str, path: str, response: HttpResponse) -> None:
    """Check that status, media type, headers and body are among those the document gives for the operation."""
    if method == "HEAD":
        return
    operation = _operation(method.lower(), path.partition("?")[0])
    if operation is None or response.status_code == 405:
        assert_problem(response)
        return
    described = operation["responses"].get(str(response.status_code))
    assert described is not None, f"{method} {path} answered {response.status_code}: {response.content.decode()}"
    if "content" not in described:
        assert not response.content
        return
    media_type = response["Content-Type"].partition(";")[0]
    assert media_type in described["content"]
    _validator(described["content"][media_type]["schema"]["$ref"]).validate(json.loads(response.content))
    if response.status_code >= 400:
        assert_problem(response)


def assert_problem(response: HttpResponse) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(response.content)
    assert response["Content-Type"] == "application/problem+json"
    assert body["status"] == response.status_code
    assert set(body) >= {"type", "title", "status", "code", "detail", "cashier_message", "retryable"}
    assert 0 < len(body["cashier_message"]) <= 60
    return body


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    return TillSchemaGenerator().get_schema()  # type: ignore[no-untyped-call]


@lru_cache(maxsize=64)
def _validator(reference: str) -> Any:
    return jsonschema_rs.validator_for(
        {"$ref": reference, "components": document()["components"]}, validate_formats=True
    )


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for template, operations in document()["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, BASE + path):
            found: dict[str, Any] | None = operations.get(method)
            return found
    return None
