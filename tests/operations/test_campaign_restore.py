"""A restored database sends nothing until a person has looked at it; Redis may lose everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.core import mail as django_mail
from pytest_django import Settings

from campaigns.facts import CAMPAIGN_WORK, CampaignState, PauseReason
from campaigns.operations import resume_campaign
from campaigns.queries import campaigns_to_freeze
from campaigns.tasks import freeze_campaign
from common.ids import new_id
from merchants.models import DueWork
from merchants.operations import retry_work
from merchants.queries import stopped_work
from merchants.tenancy import merchant_scope
from messaging.models import Instance
from messaging.operations import count_sweep, database_is_ours
from messaging.queries import look_at_dispatch
from messaging.tasks import guard_database, send
from tests.campaign_shop import DRAFT, OWNER, CampaignShop, lapsed_shop
from tests.nights import tick
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("db")
ROOT = Path(__file__).resolve().parents[2]
EVERYBODY = replace(DRAFT, control_percent=0)


@pytest.fixture(autouse=True)
def own_mark(settings: Settings, tmp_path: Path) -> Path:
    settings.INSTANCE_DIR = tmp_path
    return tmp_path


def mark_file(folder: Path) -> Path:
    [found] = folder.glob("instance-*.json")
    return found


def test_a_fresh_database_is_ours_and_so_is_one_that_sweeps(own_mark: Path) -> None:
    assert database_is_ours()
    for expected in (1, 2, 3):
        count_sweep()
        assert database_is_ours()
        assert json.loads(mark_file(own_mark).read_text())["sweeps"] == expected


def test_killed_between_row_and_file_it_is_still_ours(own_mark: Path) -> None:
    count_sweep()
    before = mark_file(own_mark).read_text()
    count_sweep()
    mark_file(own_mark).write_text(before)
    assert database_is_ours()


def test_an_older_copy_of_our_own_and_a_foreign_one_are_not(own_mark: Path) -> None:
    count_sweep()
    count_sweep()
    Instance.objects.update(sweeps=1)
    assert not database_is_ours()
    Instance.objects.update(sweeps=2)
    assert database_is_ours()
    Instance.objects.update(instance=new_id())
    assert not database_is_ours()
    mark_file(own_mark).unlink()
    assert not database_is_ours()


def bring_back_older_rows(folder: Path) -> None:
    Instance.objects.update(sweeps=1)


def bring_back_rows_of_another(folder: Path) -> None:
    Instance.objects.update(instance=new_id())


def lose_the_mark(folder: Path) -> None:
    mark_file(folder).unlink()


@pytest.mark.parametrize("restore", [bring_back_older_rows, bring_back_rows_of_another, lose_the_mark])
def test_after_a_restore_everything_pauses_until_a_person_resumes_it(
    own_mark: Path, restore: Callable[[Path], None]
) -> None:
    shop = lapsed_shop(6)
    count_sweep()
    count_sweep()
    running = shop.start(EVERYBODY)
    waiting = shop.schedule(replace(EVERYBODY, frequency_cap_days=0))
    restore(own_mark)
    with smtp_sink() as sink:
        assert shop.send(running.id, sink) == 0, "also before any sweep"
        guard_database(now=shop.clock.now)
        for facts in (running, waiting):
            paused = shop.campaign(facts.id)
            assert (paused.state, paused.pause_reason) == (CampaignState.PAUSED, PauseReason.NEEDS_REVIEW)
        assert database_is_ours(), "from now on it is"
        assert shop.sweep() == []
        assert shop.send(running.id, sink) == 0
        with merchant_scope(shop.merchant.id):
            resume_campaign(merchant=shop.merchant, campaign_id=running.id, at=shop.clock.now, actor=OWNER)
        assert shop.send(running.id, sink) == 6


def test_the_mark_is_not_among_what_is_restored_with_var(tmp_path: Path) -> None:
    """The settings of a run, not those of the tests: `var/` brought back as a whole leaves the mark as it was."""
    given = {"HOME": str(tmp_path / "home"), "LOYALTY_VAR_DIR": str(tmp_path / "var"), "PATH": os.environ["PATH"]}
    given |= dict.fromkeys(("DATABASE_URL", "DATABASE_OWNER_URL"), "postgresql://u:p@127.0.0.1:1/x")
    given |= {"REDIS_URL": "redis://127.0.0.1:1/0", "SECRET_KEY": "s" * 50, "CODE_KEY": "c" * 50}
    script = "from loyalty import settings; print(settings.INSTANCE_DIR)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=given, capture_output=True, text=True, check=True
    )
    folder = Path(done.stdout.strip())
    assert folder.is_relative_to(tmp_path / "home")
    assert not folder.is_relative_to(tmp_path / "var")


def test_t29_everything_that_waits_is_found_in_rows(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """No hint ever arrives: each sweep says again what is to be done."""
    shop = lapsed_shop(12)
    facts = shop.schedule(EVERYBODY)
    now = shop.clock.now
    for _ in range(3):
        assert shop.in_scope(lambda: campaigns_to_freeze(merchant=shop.merchant, now=now)) == [facts.id]
    monkeypatch.setattr("campaigns.tasks.timezone.now", lambda: now)
    monkeypatch.setattr(send, "apply_async", lambda **_: None)
    freeze_campaign(merchant=shop.merchant, campaign_id=facts.id, now=now)
    freeze_campaign(merchant=shop.merchant, campaign_id=facts.id, now=now)
    assert shop.states(facts.id) == {"queued": 12}
    for _ in range(3):
        assert shop.sweep() == [facts.id]
    with smtp_sink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.server.host, sink.server.port
        for _ in range(3):
            send(merchant_id=str(shop.merchant.id), dispatch_id=str(facts.id))
    assert len(sink.messages) == 12
    shop.clock.forward(days=1)
    assert shop.sweep() == []
    assert not django_mail.outbox


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Return what senders were woken with."""
    given: list[dict[str, str]] = []
    monkeypatch.setattr(send, "apply_async", lambda kwargs, expires: given.append(kwargs))
    return given


def test_a_look_freezes_what_is_due_and_wakes_senders_with_ids_alone(hints: list[dict[str, str]]) -> None:
    shop = lapsed_shop(3)
    started, scheduled = shop.start(EVERYBODY), shop.schedule(replace(EVERYBODY, frequency_cap_days=0))
    tick(shop.clock.now, shop.merchant)
    assert shop.campaign(scheduled.id).state == CampaignState.RUNNING
    assert hints.count(ids(shop, started.id)) == django_settings.CAMPAIGN_SENDING_SLOTS
    assert {one["dispatch_id"] for one in hints} == {str(started.id), str(scheduled.id)}
    assert {name for one in hints for name in one} == {"merchant_id", "dispatch_id"}


def test_a_campaign_is_looked_at_when_it_has_something_to_do_and_no_more(hints: list[dict[str, str]]) -> None:
    """Scheduled for tomorrow: nothing until then. While mails wait: each minute. Sent: its work is gone."""
    shop = lapsed_shop(3)
    facts = shop.schedule(replace(EVERYBODY, control_percent=0), scheduled_at=shop.clock.now + timedelta(days=1))
    tick(shop.clock.now, shop.merchant)
    assert look_at(shop, facts.id) == shop.clock.now + timedelta(days=1)
    shop.clock.now += timedelta(days=1)
    tick(shop.clock.now, shop.merchant)  # freezes
    tick(shop.clock.now, shop.merchant)  # wakes the senders
    assert look_at(shop, facts.id) == shop.clock.now + timedelta(minutes=1)
    with smtp_sink() as sink:
        assert shop.send(facts.id, sink) == 3
    shop.clock.now += timedelta(minutes=1)
    tick(shop.clock.now, shop.merchant)
    assert (shop.campaign(facts.id).state, look_at(shop, facts.id)) == (CampaignState.FINISHED, None)
    shop.check()


def test_a_campaign_that_cannot_be_frozen_stops_after_its_tries_and_goes_on_when_it_is_resumed(
    hints: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = lapsed_shop(3)
    facts = shop.schedule(EVERYBODY)
    with monkeypatch.context() as broken:

        def fail(**_: object) -> None:
            raise RuntimeError("planted")

        broken.setattr("campaigns.tasks.freeze_audience", fail)
        for _ in range(CAMPAIGN_WORK.tries + 3):
            tick(shop.clock.now, shop.merchant)
            shop.clock.now += timedelta(hours=7)
    with merchant_scope(shop.merchant.id):
        [stopped] = stopped_work(merchant=shop.merchant)
        assert (stopped.subject_id, stopped.attempts, stopped.last_error) == (facts.id, 10, "RuntimeError")
    tick(shop.clock.now, shop.merchant)
    assert shop.campaign(facts.id).state == CampaignState.PREPARING, "given up: nobody tries by themselves"
    with merchant_scope(shop.merchant.id):
        retry_work(merchant=shop.merchant, work_id=stopped.id, at=shop.clock.now, actor=OWNER)
    tick(shop.clock.now, shop.merchant)
    assert shop.campaign(facts.id).state == CampaignState.RUNNING


def look_at(shop: CampaignShop, campaign_id: UUID) -> datetime | None:
    with merchant_scope(shop.merchant.id):
        row = DueWork.objects.filter(merchant_id=shop.merchant.id, subject_id=campaign_id).first()
    return row.next_try_at if row else None


def ids(shop: CampaignShop, campaign_id: object) -> dict[str, str]:
    return {"merchant_id": str(shop.merchant.id), "dispatch_id": str(campaign_id)}


@pytest.mark.gate
def test_one_merchants_trouble_does_not_stop_the_others(
    hints: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = lapsed_shop(1), lapsed_shop(1)
    broken.start(EVERYBODY)
    facts = fine.start(EVERYBODY)

    def look_or_fail(*, merchant: object, dispatch_id: object, now: object) -> object:
        if merchant == broken.merchant:
            raise RuntimeError("planted")
        return look_at_dispatch(merchant=merchant, dispatch_id=dispatch_id, now=now)  # type: ignore[arg-type]

    monkeypatch.setattr("messaging.tasks.look_at_dispatch", look_or_fail)
    tick(fine.clock.now, broken.merchant, fine.merchant)
    assert hints == [ids(fine, facts.id)] * django_settings.CAMPAIGN_SENDING_SLOTS
