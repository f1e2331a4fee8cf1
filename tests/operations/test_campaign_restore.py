"""A database that was brought back from a copy sends nothing until somebody looked at it; Redis may lose everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core import mail as django_mail
from pytest_django import Settings

from campaigns.facts import CampaignState, PauseReason
from campaigns.operations import resume_campaign
from campaigns.tasks import freeze, send, sweep
from campaigns.tasks.sweeping import sweep_all, sweep_merchant
from common.ids import new_id
from merchants.tenancy import merchant_scope
from messaging.models import Instance
from messaging.operations import count_sweep, database_is_ours
from tests.campaign_shop import DRAFT, OWNER, CampaignShop, lapsed_shop
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
        sweep_all(now=shop.clock.now)
        for facts in (running, waiting):
            paused = shop.campaign(facts.id)
            assert (paused.state, paused.pause_reason) == (CampaignState.PAUSED, PauseReason.NEEDS_REVIEW)
        assert database_is_ours(), "from now on it is"
        assert sweep_merchant(merchant=shop.merchant, now=shop.clock.now).to_send == ()
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
        assert sweep_merchant(merchant=shop.merchant, now=now).to_freeze == (facts.id,)
    monkeypatch.setattr("campaigns.tasks.timezone.now", lambda: now)
    monkeypatch.setattr(send, "apply_async", lambda **_: None)
    freeze(merchant_id=str(shop.merchant.id), campaign_id=str(facts.id))
    freeze(merchant_id=str(shop.merchant.id), campaign_id=str(facts.id))
    assert shop.states(facts.id) == {"queued": 12}
    for _ in range(3):
        assert sweep_merchant(merchant=shop.merchant, now=now).to_send == (facts.id,)
    with smtp_sink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.server.host, sink.server.port
        for _ in range(3):
            send(merchant_id=str(shop.merchant.id), campaign_id=str(facts.id))
    assert len(sink.messages) == 12
    assert sweep_merchant(merchant=shop.merchant, now=now + timedelta(days=1)).to_send == ()
    assert not django_mail.outbox


def test_the_sweep_hands_out_hints_with_ids_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = lapsed_shop(3)
    started, scheduled = shop.start(EVERYBODY), shop.schedule(replace(EVERYBODY, frequency_cap_days=0))
    given: list[tuple[str, dict[str, str]]] = []
    for task in (send, freeze):
        monkeypatch.setattr(
            task,
            "apply_async",
            lambda kwargs, expires, name=task.name: given.append((name, kwargs)),
        )
    monkeypatch.setattr("campaigns.tasks.timezone.now", lambda: shop.clock.now)
    sweep()
    mine = [(name, kwargs) for name, kwargs in given if kwargs["merchant_id"] == str(shop.merchant.id)]
    assert sorted(mine) == sorted(
        [("campaigns.freeze", ids(shop, scheduled.id))]
        + [("campaigns.send", ids(shop, started.id))] * django_settings.CAMPAIGN_SENDING_SLOTS
    )


def ids(shop: CampaignShop, campaign_id: object) -> dict[str, str]:
    return {"merchant_id": str(shop.merchant.id), "campaign_id": str(campaign_id)}


def test_one_merchants_trouble_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = lapsed_shop(1), lapsed_shop(1)
    broken.start(EVERYBODY)
    facts = fine.start(EVERYBODY)

    def sweep_or_fail(*, merchant: object, now: object) -> object:
        if merchant == broken.merchant:
            raise RuntimeError("planted")
        return sweep_merchant(merchant=merchant, now=now)  # type: ignore[arg-type]

    monkeypatch.setattr("campaigns.tasks.sweeping.sweep_merchant", sweep_or_fail)
    found = {merchant.id: work for merchant, work in sweep_all(now=fine.clock.now)}
    assert found[fine.merchant.id].to_send == (facts.id,)
    assert broken.merchant.id not in found
