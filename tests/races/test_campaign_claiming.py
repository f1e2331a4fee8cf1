"""Several workers at one campaign, with real commits: every delivery belongs to one of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from campaigns.operations import begin_freezing, claim_deliveries, claiming
from campaigns.operations.freezing import freeze_audience
from campaigns.queries import campaign
from members.facts import ConsentSource
from members.operations import withdraw_consent
from merchants.tenancy import merchant_scope
from tests.campaign_shop import DRAFT, NOW, CampaignShop, lapsed_shop
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("real_commits")
EVERYBODY = replace(DRAFT, control_percent=0)
WORKERS = 6


def together(work: Callable[[int], object]) -> list[object]:
    """Each worker in a thread and on a connection of its own, all let go at once; what they returned or raised."""
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
        facts = campaign(merchant=shop.merchant, campaign_id=campaign_id)
        claimed = claim_deliveries(
            merchant=shop.merchant, campaign=facts, limit=20, now=NOW, lease=timedelta(minutes=5), domain="x.example"
        )
    return [one.delivery_id for one in claimed]


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
        claiming._CLAIM.replace("FOR UPDATE SKIP LOCKED", "")
        .replace("AND d.id = j.id AND d.state IN ('queued', 'deferred')", "AND d.id = j.id")
        .replace("FROM judged j", "FROM (SELECT judged.*, pg_sleep(0.01) FROM judged) j")
    )
    monkeypatch.setattr(claiming, "_CLAIM", unlocked)
    results = together(lambda _: claim_some(shop, facts.id))
    assert any(isinstance(result, Exception) for result in results), "the unique index is the second line"
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


def test_leaving_while_being_claimed_ends_in_one_mail_or_none() -> None:
    shop = lapsed_shop(WORKERS)
    facts = shop.start(EVERYBODY)
    members = sorted(shop.members)

    def leave_or_send(number: int) -> object:
        if number % 2:
            with merchant_scope(shop.merchant.id):
                return withdraw_consent(
                    merchant=shop.merchant, member_id=members[number], source=ConsentSource.ONE_CLICK, at=NOW
                )
        return shop.send(facts.id, sink)

    with smtp_sink() as sink:
        results = together(leave_or_send)
        assert not [result for result in results if isinstance(result, Exception)]
        shop.send(facts.id, sink)
    stayed = {shop.members[member] for number, member in enumerate(members) if not number % 2}
    assert stayed <= set(sink.recipients)
    assert set(sink.ids.values()) == {1}
    shop.check()
