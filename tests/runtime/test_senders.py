"""The turns of senders: an unchecked credential is no sender of its own, a checked one belongs to its owner."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from common.senders import prove_sender
from loyalty.serving import senders
from loyalty.serving.gate import Gate, lane_name
from loyalty.serving.lanes import Lane, LanePlan
from loyalty.serving.senders import ProvenSenders, credential_in, network_of
from tests.runtime.stories import run_story

TILL, PAGE = "/api/pos/v1/sales", "/products/"
HERE = "10.0.0.1"
PER_SENDER = 3
SECONDS = 30


@dataclass
class Counter:
    """A shop behind a gate with one thread for `path`; the credentials in `good` are found to be their owner's."""

    path: str = TILL
    good: dict[str, str] = field(default_factory=dict)
    is_held: bool = False
    let_go: threading.Event = field(default_factory=threading.Event)
    served: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        name = lane_name(self.path)
        self.lane = Lane(LanePlan(name, threads=1, queue=99, queue_per_sender=PER_SENDER))
        self.gate = Gate(self.application, {name: self.lane})

    def application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self.is_held:
            assert self.let_go.wait(SECONDS)
        shown = environ.get("HTTP_AUTHORIZATION") or environ.get("HTTP_COOKIE", "").removeprefix("sessionid=")
        if shown in self.good:
            prove_sender(self.good[shown])
        self.served.append(shown)
        start_response("200 OK" if shown in self.good else "401 Unauthorized", [])
        return [b""]

    async def ask(self, shown: str) -> int:
        sent: list[dict[str, Any]] = []
        name, value = (b"authorization", shown) if self.path == TILL else (b"cookie", f"sessionid={shown}")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "path": self.path,
            "query_string": b"",
            "scheme": "http",
            "root_path": "",
            "client": (HERE, 1),
            "server": (HERE, 80),
            "headers": [(name, value.encode())],
        }

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def receive() -> dict[str, Any]:
            raise AssertionError("there is no body")

        await self.gate(scope, receive, send)
        return int(sent[0]["status"])

    async def crowd(self, shown: list[str]) -> list[asyncio.Task[int]]:
        """Let all ask at once while the thread is held; those who found no room have their refusal already."""
        tasks = [asyncio.create_task(self.ask(one)) for one in shown]
        for _ in range(20):
            await asyncio.sleep(0)
        return tasks


def at_the_counter(path: str, story: Callable[[Counter], Awaitable[Any]]) -> Any:
    counter = Counter(path)

    async def tell() -> Any:
        try:
            return await asyncio.wait_for(story(counter), SECONDS)
        finally:
            counter.let_go.set()
            counter.lane.pool.shutdown()

    return run_story(tell())


@pytest.mark.parametrize("path", [TILL, PAGE])
def test_who_invents_a_credential_for_each_request_stays_one_sender(path: str) -> None:
    async def story(counter: Counter) -> list[int]:
        counter.is_held = True
        tasks = await counter.crowd([f"invented-{n}" for n in range(1 + PER_SENDER + 5)])
        assert counter.lane.waiting == PER_SENDER
        counter.let_go.set()
        return list(await asyncio.gather(*tasks))

    assert sorted(at_the_counter(path, story)) == [401] * (1 + PER_SENDER) + [503] * 5


@pytest.mark.parametrize("path", [TILL, PAGE])
def test_tills_of_one_address_that_were_known_keep_a_line_each_beside_a_stranger(path: str) -> None:
    """The control: as many requests from the same address, none refused, each in turn with the stranger's."""

    async def story(counter: Counter) -> None:
        tills = [f"key-{n}" for n in range(12)]
        counter.good = {key: f"till {key}" for key in tills}
        for key in tills:
            assert await counter.ask(key) == 200
        counter.is_held, counter.served = True, []
        strangers = await counter.crowd([f"invented-{n}" for n in range(1 + PER_SENDER + 5)])
        known = await counter.crowd([key for key in tills for _ in range(PER_SENDER)])
        counter.let_go.set()
        assert set(await asyncio.gather(*known)) == {200}
        await asyncio.gather(*strangers)
        first_round = counter.served[1 : 2 + len(tills)]
        assert [shown for shown in first_round if shown in tills] == tills, "one turn of the stranger's, then theirs"

    at_the_counter(path, story)


def test_many_credentials_of_one_owner_are_one_sender() -> None:
    async def story(counter: Counter) -> None:
        written = [f"Bearer{' ' * n}key" for n in range(1, 1 + PER_SENDER + 2)]
        counter.good = dict.fromkeys(written, "till 1")
        for one in written:
            assert await counter.ask(one) == 200
        counter.is_held = True
        tasks = await counter.crowd([*written, "another"])
        assert counter.lane.waiting == PER_SENDER + 1, "and the one of the address"
        counter.let_go.set()
        assert sorted(await asyncio.gather(*tasks))[-1] == 503

    at_the_counter(TILL, story)


def test_a_key_in_the_wrong_place_proves_nothing() -> None:
    till_only = {b"authorization": b"Bearer a"}
    page_only = {b"cookie": b"a=1; sessionid=x; b=2"}
    assert (credential_in(till_only, is_till=True), credential_in(till_only, is_till=False)) == (b"Bearer a", None)
    assert (credential_in(page_only, is_till=True), credential_in(page_only, is_till=False)) == (None, b"x")


def test_the_memory_is_bounded_for_all_and_for_each_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "MOST_REMEMBERED", 12)
    known = ProvenSenders()
    known.remember(b"quiet", "quiet till")
    for n in range(50):
        known.remember(b"loud-%d" % n, "loud till")
    assert known.sender_of(b"quiet") == "quiet till", "one owner's many credentials displace nobody else's"
    assert [n for n in range(50) if known.sender_of(b"loud-%d" % n)] == list(range(42, 50))
    for n in range(12):
        known.sender_of(b"quiet")
        known.remember(b"new-%d" % n, f"till {n}")
    assert known.sender_of(b"quiet") == "quiet till", "who asks is not forgotten"
    assert (len(known.senders), sum(map(len, known.credentials.values()))) == (12, 12)
    assert known.sender_of(b"loud-49") is None
    assert known.sender_of(None) is None


@pytest.mark.parametrize(
    ("client", "forwarded", "proxies", "network"),
    [
        ("10.0.0.1", b"", 0, "10.0.0.1"),
        ("10.0.0.1", b"6.6.6.6, 9.9.9.9", 0, "10.0.0.1"),  # a header that is not one of ours
        ("10.0.0.1", b"6.6.6.6, 9.9.9.9", 1, "9.9.9.9"),
        ("10.0.0.1", b"9.9.9.9", 2, "10.0.0.1"),
        ("2001:db8:1:2::5", b"", 0, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", b"", 0, "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", b"", 0, "10.0.0.1"),
        ("10.0.0.1", b"unknown", 1, "unknown"),
    ],
)
def test_the_network_a_request_came_from(client: str, forwarded: bytes, proxies: int, network: str) -> None:
    headers = {b"x-forwarded-for": forwarded} if forwarded else {}
    assert network_of({"client": (client, 5)}, headers, proxies=proxies) == f"address {network}"
