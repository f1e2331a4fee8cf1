"""A proxy that is not counted is reported once, loudly: all callers look like one address then."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from loyalty.middleware import ProxyWatch


def answer(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def warnings(caplog: pytest.LogCaptureFixture, *, headers: dict[str, str], times: int = 2) -> list[Any]:
    watch = ProxyWatch(answer)
    for _ in range(times):
        watch(RequestFactory().get("/", headers=headers))
    return [record.msg for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize(
    ("count", "url", "headers", "expected"),
    [
        (0, "http://127.0.0.1:8000", {"x-forwarded-for": "192.0.2.1"}, 1),
        (0, "http://127.0.0.1:8000", {}, 0),
        (0, "https://toko.example", {}, 1),
        (0, "https://toko.example", {"x-forwarded-for": "192.0.2.1"}, 1),
        (1, "https://toko.example", {"x-forwarded-for": "192.0.2.1"}, 0),
    ],
)
def test_it_is_said_once(
    settings: Any, caplog: pytest.LogCaptureFixture, count: int, url: str, headers: dict[str, str], expected: int
) -> None:
    settings.TRUSTED_PROXY_COUNT, settings.PUBLIC_URL = count, url
    said = warnings(caplog, headers=headers)
    assert len(said) == expected
    assert all("TRUSTED_PROXY_COUNT" in line["event"] for line in said)
