"""Logs are JSON lines that say what happened without saying to whom."""

import io
import json
import logging
import logging.config
from typing import Any

import pytest
from django.test import Client

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
