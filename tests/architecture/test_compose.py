"""What docker-compose.yml and its proxy promise, read from the files: who reaches whom, and what waits for what."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
import yaml
from django.conf import settings

ROOT: Final = settings.BASE_DIR


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


@pytest.fixture(scope="module")
def proxy() -> str:
    return re.sub(r"#.*", "", (ROOT / "docker" / "nginx" / "nginx.conf").read_text())


def reached_from(services: dict[str, Any], name: str) -> set[str]:
    """Return the services that share a network with `name`, apart from the one that only leads out."""
    mine = set(services[name]["networks"]) - {"outside"}
    return {other for other, service in services.items() if other != name and mine & set(service["networks"])}


def test_the_queue_asks_for_a_password_and_is_apart_from_the_mail(services: dict[str, Any]) -> None:
    assert reached_from(services, "mailpit") == {"tills", "pages", "worker"}
    assert reached_from(services, "valkey") == {"tills", "pages", "worker", "beat"}
    assert reached_from(services, "proxy") == {"tills", "pages"}
    assert 'requirepass "$$VALKEY_PASSWORD"' in services["valkey"]["command"][-1]
    assert "VALKEY_PASSWORD:?" in services["valkey"]["command"][-1], "without one it does not start"
    for name in ("tills", "pages", "worker", "beat"):
        assert services[name]["environment"]["REDIS_URL"].startswith("redis://:${VALKEY_PASSWORD:-}@")


def test_nothing_but_the_door_is_open_to_other_machines(services: dict[str, Any]) -> None:
    opened = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert set(opened) == {"proxy", "mailpit"}
    assert opened["proxy"] == ["${BIND:-127.0.0.1}:${PORT:-8000}:8080"]
    assert all(port.startswith("127.0.0.1:") for port in opened["mailpit"])


def test_tills_and_pages_are_servers_of_their_own_behind_a_buffering_door(proxy: str) -> None:
    till, page = (re.search(rf"location {path} \{{(.*?)\}}", proxy, re.DOTALL) for path in ("/api/pos/", "/"))
    assert till
    assert page
    assert "proxy_pass http://tills;" in till[1]
    assert "proxy_pass http://pages;" in page[1]
    assert re.search(r"proxy_request_buffering\s+on;", proxy)
    assert not re.search(r"proxy_(request_)?buffering\s+off;", proxy)
    assert re.search(r"proxy_next_upstream\s+off;", proxy), "what was sent once is sent again by the till only"
    for waiting in ("client_header_timeout", "client_body_timeout"):
        assert re.search(rf"{waiting}\s+10s;", proxy), waiting


def test_the_door_tells_the_senders_address(services: dict[str, Any], proxy: str) -> None:
    assert "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;" in proxy
    assert services["pages"]["environment"]["TRUSTED_PROXY_COUNT"] == "${TRUSTED_PROXY_COUNT:-1}"


def test_a_container_is_healthy_when_a_sale_could_be_stored(services: dict[str, Any]) -> None:
    assert services["proxy"]["healthcheck"]["test"][-1].endswith("/ready")
    image = (ROOT / "Dockerfile").read_text()
    assert re.search(r'HEALTHCHECK[^\n]*\\\n\s+CMD \[.*"http://127.0.0.1:8000/ready"\]', image)
    for name in ("tills", "pages"):
        assert "healthcheck" not in services[name], "theirs is the image's"


def test_nothing_starts_before_the_schema_is_the_codes_own(services: dict[str, Any]) -> None:
    for name in ("tills", "pages", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert "DATABASE_OWNER_URL" not in services[name]["environment"], "only `migrate` is the owner"


def test_the_mark_of_the_installation_is_not_beside_what_it_guards(services: dict[str, Any]) -> None:
    folder = services["worker"]["environment"]["INSTANCE_DIR"]
    kept = dict(volume.split(":")[:2] for volume in services["worker"]["volumes"])
    assert kept["mark"] == folder
    assert not folder.startswith(kept["state"] + "/")
    assert "mark" not in str(services["postgres"]["volumes"])
