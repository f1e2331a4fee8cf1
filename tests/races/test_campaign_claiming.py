"""Several workers at one campaign, with real commits: every delivery belongs to one of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection

from campaigns.operations import begin_freezing, pause_campaign
from campaigns.operations.audiences import freeze_audience
from members.facts import ConsentSource
from members.operations import withdraw_consent
from merchants.tenancy import lock_patience, merchant_scope
from messaging.facts import SuppressionReason
from messaging.operations import claim_messages, claims, suppress_address
from tests.campaign_shop import DRAFT, NOW, OWNER, CampaignShop, lapsed_shop
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("real_commits")
EVERYBODY = replace(DRAFT, control_percent=0)
WORKERS = 6


def together(work: Callable[[int], object]) -> list[object]:
    """Run each worker in a thread and on a connection of its own, all started at once; return results or errors."""
    results: list[object] = [None] * WORKERS
    barrier = threading.Barrier(WORKERS)

    def one(number: int) -> None:
        try:
            barrier.wait()
            results[number] = work(number)
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def claim_some(shop: CampaignShop, campaign_id: UUID) -> list[UUID]:
    with merchant_scope(shop.merchant.id):
        claimed = claim_messages(
            merchant=shop.merchant,
            dispatch_id=campaign_id,
            limit=20,
            now=NOW,
            lease=timedelta(minutes=5),
            domain="x.example",
        )
    return [one.message.id for one in claimed]


GATE = 407_712_093


@contextmanager
def closed_gate() -> Iterator[None]:
    """Statements that pass the gate wait until all workers have picked and judged; then it is opened for all."""
    closed, stopped = threading.Event(), threading.Event()

    def keep() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [GATE])
            closed.set()
            waiting = 0
            while waiting < WORKERS and not stopped.wait(0.01):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE objid = %s AND NOT granted", [GATE])
                waiting = cursor.fetchone()[0]
            cursor.execute("SELECT pg_advisory_unlock(%s)", [GATE])
        connection.close()

    keeper = threading.Thread(target=keep)
    keeper.start()
    closed.wait()
    try:
        yield
    finally:
        stopped.set()
        keeper.join()


def test_no_delivery_is_claimed_twice() -> None:
    shop = lapsed_shop(100)
    facts = shop.start(EVERYBODY)
    results = together(lambda _: claim_some(shop, facts.id))
    assert not [result for result in results if isinstance(result, Exception)]
    claimed = Counter(delivery for result in results for delivery in result)  # type: ignore[attr-defined]
    assert set(claimed.values()) == {1}
    assert len(claimed) == shop.states(facts.id)["sending"]
    shop.check()


def test_without_the_lock_the_same_race_collides(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the claim without SKIP LOCKED and without asking again for the state."""
    shop = lapsed_shop(60)
    facts = shop.start(EVERYBODY)
    unlocked = (
        claims._CLAIM.replace("FOR UPDATE SKIP LOCKED", "")
        .replace("AND m.id = j.id AND m.state IN ('queued', 'deferred')", "AND m.id = j.id")
        .replace("FROM judged j", f"FROM (SELECT judged.*, pg_advisory_xact_lock_shared({GATE}) FROM judged) j")
    )
    monkeypatch.setattr(claims, "_CLAIM", unlocked)

    def claim_patiently(_: int) -> list[UUID]:
        with lock_patience(30_000, statement_ms=60_000):
            return claim_some(shop, facts.id)

    with closed_gate():
        results = together(claim_patiently)
    ended = Counter(type(result).__name__ for result in results)
    assert ended == {"list": 1, "IntegrityError": WORKERS - 1}, "the unique index is the second line"
    shop.check()


def test_several_workers_send_each_mail_once() -> None:
    shop = lapsed_shop(60)
    facts = shop.start(EVERYBODY)
    with smtp_sink() as sink:
        results = together(lambda _: shop.send(facts.id, sink))
    assert sum(result for result in results if isinstance(result, int)) == 60
    assert sorted(sink.recipients) == sorted(shop.members.values())
    assert set(sink.ids.values()) == {1}
    shop.check()


def test_one_worker_freezes_the_others_leave_it() -> None:
    shop = lapsed_shop(40)
    facts = shop.schedule(EVERYBODY)
    with merchant_scope(shop.merchant.id):
        begin_freezing(merchant=shop.merchant, campaign_id=facts.id, now=NOW)

    def freeze(_: int) -> int | None:
        with merchant_scope(shop.merchant.id):
            return freeze_audience(merchant=shop.merchant, campaign_id=facts.id, now=NOW)

    results = together(freeze)
    assert sorted(results, key=str) == [40] + [None] * (WORKERS - 1)
    assert shop.states(facts.id) == {"queued": 40}


# --- what changes between the judgement and the attempts -------------------------------------------------------------


@contextmanager
def just_before_the_attempts(change: Callable[[], object]) -> Iterator[None]:
    """Commit `change` on another connection once this thread has judged and is about to write its attempts."""
    changes = [change]

    def elsewhere(change: Callable[[], object]) -> None:
        change()
        connection.close()

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if changes and sql.startswith('INSERT INTO "messaging_attempt"'):
            thread = threading.Thread(target=elsewhere, args=(changes.pop(),))
            thread.start()
            thread.join()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert not changes


def leave(shop: CampaignShop, member_id: UUID) -> bool:
    with merchant_scope(shop.merchant.id):
        return withdraw_consent(merchant=shop.merchant, member_id=member_id, source=ConsentSource.ONE_CLICK, at=NOW)


def test_who_leaves_or_bounces_in_between_gets_nothing_and_the_others_are_claimed() -> None:
    shop = lapsed_shop(4)
    facts = shop.start(EVERYBODY)
    leaving, bouncing, *staying = shop.members

    def bounce() -> None:
        with merchant_scope(shop.merchant.id):
            suppress_address(
                merchant=shop.merchant,
                email=shop.members[bouncing],
                reason=SuppressionReason.COMPLAINT,
                at=NOW,
                actor=OWNER,
            )

    with just_before_the_attempts(lambda: leave(shop, leaving)), just_before_the_attempts(bounce):
        assert len(claim_some(shop, facts.id)) == 2
    assert shop.members_in(facts.id, "sending") == set(staying)
    assert shop.members_in(facts.id, "suppressed") == {leaving, bouncing}
    shop.check()


def test_a_campaign_paused_in_between_is_not_claimed_from() -> None:
    shop = lapsed_shop(3)
    facts = shop.start(EVERYBODY)

    def pause() -> None:
        with merchant_scope(shop.merchant.id):
            pause_campaign(merchant=shop.merchant, campaign_id=facts.id, at=NOW, actor=OWNER)

    with just_before_the_attempts(pause):
        assert claim_some(shop, facts.id) == []
    assert shop.states(facts.id) == {"queued": 3}
    shop.check()


def test_judging_once_lets_who_leaves_break_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the guard refuses the whole batch when the messages are not judged again."""
    shop = lapsed_shop(3)
    facts = shop.start(EVERYBODY)
    monkeypatch.setattr(claims, "JUDGEMENTS", 1)
    with just_before_the_attempts(lambda: leave(shop, min(shop.members))), pytest.raises(IntegrityError):
        claim_some(shop, facts.id)
    assert shop.states(facts.id) == {"queued": 3}
    shop.check()


def test_leaving_while_being_claimed_ends_in_one_mail_or_none() -> None:
    shop = lapsed_shop(WORKERS)
    facts = shop.start(EVERYBODY)
    members = sorted(shop.members)

    def leave_or_send(number: int) -> object:
        if number % 2:
            return leave(shop, members[number])
        return shop.send(facts.id, sink)

    with smtp_sink() as sink:
        results = together(leave_or_send)
        assert not [result for result in results if isinstance(result, Exception)]
        shop.send(facts.id, sink)
    stayed = {shop.members[member] for number, member in enumerate(members) if not number % 2}
    assert stayed <= set(sink.recipients)
    assert set(sink.ids.values()) == {1}
    shop.check()
