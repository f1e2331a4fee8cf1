"""Without Redis everything goes on: the cache counts inside the process, a task's publication is given up at once."""

import contextlib
import pickle
import socket
import time
from pathlib import Path

import pytest
import redis
from celery import shared_task
from django.conf import settings

from loyalty.cache import RedisOrLocalCache
from loyalty.celery import BestEffortTask, app
from loyalty.embedded import free_port


@shared_task(name="tests.nothing")
def nothing() -> None:
    """Never run: it is only published."""


def cache_at(port: int) -> RedisOrLocalCache:
    options = {"socket_connect_timeout": 0.25, "socket_timeout": 0.25}
    return RedisOrLocalCache(f"redis://127.0.0.1:{port}/0", {"OPTIONS": options, "KEY_PREFIX": "t"})


def test_the_cache_counts_inside_the_process() -> None:
    cache = cache_at(free_port())
    assert cache.add("tries", 1, 60)
    assert cache.incr("tries") == 2
    assert cache.get("tries") == 2


def test_one_that_hangs_is_asked_once_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loyalty.cache.PAUSE_SECONDS", 3_600.0)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        cache = cache_at(deaf.getsockname()[1])
        for number in range(50):
            cache.set(f"key-{number}", number, 60)
        assert cache.get("key-49") == 49
        assert callers(deaf) == 1


def callers(deaf: socket.socket) -> int:
    """Return how many connections were made to a server that answers none of them."""
    deaf.setblocking(False)
    lines = []
    with contextlib.suppress(BlockingIOError):
        while True:
            lines.append(deaf.accept()[0])
    for line in lines:
        line.close()
    return len(lines)


def test_a_task_that_cannot_be_published_does_not_fail_its_publisher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BestEffortTask, "ask_broker_again_at", 0.0)
    with app.connection_for_write(f"redis://127.0.0.1:{free_port()}/0") as away:
        assert nothing.apply_async(connection=away) is None  # type: ignore[call-arg]
    assert BestEffortTask.ask_broker_again_at > 0.0


def test_a_broker_that_hangs_is_asked_once_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BestEffortTask, "ask_broker_again_at", 0.0)
    monkeypatch.setattr("loyalty.celery.PAUSE_SECONDS", 3_600.0)
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,
        app.connection_for_write(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0") as away,
    ):
        for _ in range(5):
            assert nothing.apply_async(connection=away) is None  # type: ignore[call-arg]
        assert callers(deaf) == 1


def test_the_broker_is_then_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BestEffortTask, "ask_broker_again_at", time.monotonic() + 3_600)
    assert nothing.delay() is None
    monkeypatch.setattr(BestEffortTask, "ask_broker_again_at", 0.0)
    assert nothing.delay() is not None


def test_values_in_redis_are_json_and_whole_numbers_count() -> None:
    cache = RedisOrLocalCache(settings.REDIS_URL, {**settings.CACHES["default"], "KEY_PREFIX": "kept"})
    raw = redis.Redis.from_url(settings.REDIS_URL)
    cache.set("tries", 1, 60)
    assert cache.incr("tries") == 2
    cache.set("times", [1.5, "a", None, True], 60)
    assert cache.get("times") == [1.5, "a", None, True]
    assert raw.get(cache.make_key("times")) == b'[1.5, "a", null, true]'
    assert cache.get("nothing") is None


def test_a_pickle_that_was_put_into_redis_is_not_run(tmp_path: Path) -> None:
    cache = RedisOrLocalCache(settings.REDIS_URL, {**settings.CACHES["default"], "KEY_PREFIX": "kept"})
    mark = tmp_path / "run"
    redis.Redis.from_url(settings.REDIS_URL).set(cache.make_key("evil"), pickle.dumps(Evil(str(mark))), ex=60)
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's or UTF-8's complaint
        cache.get("evil")
    assert not mark.exists()


class Evil:
    """Makes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (self.path, "w")
