"""Logs are JSON lines that say what happened without naming people."""

import io
import json
import logging
import logging.config
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from loyalty import urls as product_urls
from loyalty.logs import logging_configuration


@pytest.fixture
def lines() -> io.StringIO:
    stream = io.StringIO()
    configuration = logging_configuration(level="INFO")
    formatter = logging.config.DictConfigurator(configuration).configure_formatter(configuration["formatters"]["json"])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.getLogger("tests.logs")
    logger.handlers, logger.propagate = [handler], False
    return stream


def test_a_database_error_loses_the_row_it_quotes(lines: io.StringIO) -> None:
    secret = "0812-3456-7890"  # looks like a phone number
    try:
        raise ValueError(f'duplicate key "members_phone"\nDETAIL:  Key (phone)=({secret}) already exists.')
    except ValueError:
        logging.getLogger("tests.logs").exception("could not enrol")
    written = lines.getvalue()
    assert secret not in written
    assert json.loads(written)["exception"][0]["exc_value"] == 'duplicate key "members_phone"'


def test_tracebacks_carry_no_local_variables(lines: io.StringIO) -> None:
    member_name = "Budi Santoso"
    try:
        raise RuntimeError(str(len(member_name)))
    except RuntimeError:
        logging.getLogger("tests.logs").exception("failed")
    assert member_name not in lines.getvalue()


def test_a_request_is_logged_by_route_not_by_path(
    client: Client, capsys: pytest.CaptureFixture[str], db: None, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/accounts/login/?next=/members/0812345/")
    entries: list[Any] = [record.msg for record in caplog.records if record.name == "loyalty.request"]
    assert [entry["route"] for entry in entries] == ["accounts/login/"]
    assert "0812345" not in str(entries)


@pytest.mark.parametrize(
    ("answer", "status"),
    [(Http404("no such member"), 404), (PermissionDenied(), 403), (SuspiciousOperation(), 400), (BadRequest(), 400)],
)
def test_an_ordinary_refusal_is_no_failure(answer: Exception, status: int, caplog: pytest.LogCaptureFixture) -> None:
    assert logged_for(answer, caplog) == [("info", "request", status)]


def test_what_is_unexpected_is_one(caplog: pytest.LogCaptureFixture) -> None:
    assert logged_for(ZeroDivisionError(), caplog) == [("error", "request failed", None), ("info", "request", 500)]


def logged_for(failure: Exception, caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, int | None]]:
    """Return what is logged when a view raises `failure`, as (level, event, status)."""

    def view(request: HttpRequest) -> HttpResponse:
        raise failure

    urls: Any = ModuleType("urls")
    urls.urlpatterns = [path("page/", view), *product_urls.urlpatterns]
    with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=["loyalty.middleware.RequestLog"]):
        Client(raise_request_exception=False).get("/page/")
    return [
        (record.levelname.lower(), record.msg["event"], record.msg.get("status"))
        for record in caplog.records
        if record.name == "loyalty.request" and isinstance(record.msg, dict)
    ]
