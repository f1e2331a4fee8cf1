"""A stopped Redis stops nobody: the cache counts inside the process, a task's publication is given up at once."""

import socket
import time

import pytest
from celery import shared_task

from loyalty.cache import RedisOrLocalCache
from loyalty.celery import Hint, app
from loyalty.embedded import free_port

QUICK_SECONDS = 2.0


@shared_task(name="tests.nothing")
def nothing() -> None:
    """Never runs: it is only published."""


def cache_at(port: int) -> RedisOrLocalCache:
    options = {"socket_connect_timeout": 0.25, "socket_timeout": 0.25}
    return RedisOrLocalCache(f"redis://127.0.0.1:{port}/0", {"OPTIONS": options, "KEY_PREFIX": "t"})


def test_the_cache_counts_inside_the_process() -> None:
    cache = cache_at(free_port())
    started = time.monotonic()
    assert cache.add("tries", 1, 60)
    assert cache.incr("tries") == 2
    assert cache.get("tries") == 2
    assert time.monotonic() - started < QUICK_SECONDS


def test_one_that_hangs_is_asked_once_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        cache = cache_at(deaf.getsockname()[1])
        started = time.monotonic()
        for number in range(50):
            cache.set(f"key-{number}", number, 60)
        assert cache.get("key-49") == 49
        assert time.monotonic() - started < QUICK_SECONDS


def test_a_task_that_cannot_be_published_does_not_fail_its_publisher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hint, "ask_broker_again_at", 0.0)
    with app.connection_for_write(f"redis://127.0.0.1:{free_port()}/0") as away:
        started = time.monotonic()
        assert nothing.apply_async(connection=away) is None  # type: ignore[call-arg]
    assert time.monotonic() - started < QUICK_SECONDS


def test_the_broker_is_then_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hint, "ask_broker_again_at", time.monotonic() + 60)
    assert nothing.delay() is None
    monkeypatch.setattr(Hint, "ask_broker_again_at", 0.0)
    assert nothing.delay() is not None
