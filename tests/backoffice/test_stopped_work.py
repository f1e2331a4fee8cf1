"""Settings > Work that stopped: what failed, why, how often, and starting it again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.settings.views.stopped_work import KIND_WORDS
from campaigns.models import Campaign
from merchants.facts import NIGHT_WORK, AuditFilter, Role
from merchants.models import DueWork
from merchants.operations import WORKER_LOST
from merchants.queries import audit_trail
from merchants.tasks import due_work
from merchants.tenancy import merchant_scope
from messaging.facts import MESSAGE_WORK
from tests.backoffice.conftest import StaffPerson, Store

PATH = "/settings/work/"


def give_up(store: Store, kind: str, error: str) -> DueWork:
    with merchant_scope(store.merchant.id):
        row = DueWork.objects.get(merchant_id=store.merchant.id, kind=kind)
        row.attempts, row.last_error, row.given_up_at = 10, error, timezone.now() - timedelta(hours=1)
        row.save()
    return row


def stopped_campaign(store: Store, error: str) -> DueWork:
    """A campaign whose mails were given up."""
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        campaign = Campaign.objects.create(
            merchant_id=store.merchant.id,
            kind="campaign",
            trigger="",
            name="Stiker Ramadan",
            created_at=now,
            created_by="x",
        )
        return DueWork.objects.create(
            merchant_id=store.merchant.id,
            kind=MESSAGE_WORK.name,
            subject_id=campaign.id,
            due_at=now,
            next_try_at=now,
            attempts=10,
            last_error=error,
            given_up_at=now,
        )


def test_nothing_stopped_says_so(owner: StaffPerson) -> None:
    assert "No work has stopped" in owner.text(PATH)


def test_work_that_stopped_is_shown_with_what_failed_and_started_again(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints: list[str] = []
    monkeypatch.setattr("merchants.tasks.due_work._send_hint", lambda _, kind: hints.append(kind))
    give_up(store, NIGHT_WORK.name, WORKER_LOST)
    mails = stopped_campaign(store, "IntegrityError: attempt_once")
    page = owner.text(PATH)
    assert "The night: points, tiers, segments and coupons of a day" in page
    assert "The worker ended each time before it was done." in page
    assert "Stiker Ramadan" in page
    assert f"/campaigns/{mails.subject_id}/" in page
    assert "IntegrityError: attempt_once" in page
    owner.post(f"{PATH}{mails.id}/retry/")
    page = owner.text(PATH)
    assert "It is tried again." in page
    assert "Stiker Ramadan" not in page
    with merchant_scope(store.merchant.id):
        row = DueWork.objects.get(merchant_id=store.merchant.id, id=mails.id)
        trail = audit_trail(merchant=store.merchant, filters=AuditFilter(subject_kind="work"))
    assert (row.given_up_at, row.attempts) == (None, 0)
    assert [(one.action, one.actor_label) for one in trail] == [("work.retried", owner.email)]
    owner.post(f"{PATH}{mails.id}/retry/", status=404)


def test_those_who_may_not_see_nothing_of_it_and_a_stranger_starts_nothing(store: Store, stranger: StaffPerson) -> None:
    stopped = give_up(store, NIGHT_WORK.name, WORKER_LOST)
    store.colleague(Role.ANALYST).get(PATH, status=403)
    assert "No work has stopped" in stranger.text(PATH)
    stranger.post(f"{PATH}{stopped.id}/retry/", status=404)
    with merchant_scope(store.merchant.id):
        assert DueWork.objects.get(merchant_id=store.merchant.id, id=stopped.id).given_up_at is not None


def test_a_long_list_costs_no_more_statements(store: Store, owner: StaffPerson) -> None:
    stopped_campaign(store, "X")
    few = owner.statements(PATH)
    for _ in range(4):
        stopped_campaign(store, "X")
    assert owner.statements(PATH) == few


def test_every_kind_of_work_has_words() -> None:
    assert due_work._registered.keys() <= KIND_WORDS.keys()


def test_a_campaign_and_a_welcome_lead_to_their_pages(store: Store, owner: StaffPerson) -> None:
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        rows = [
            Campaign.objects.create(
                merchant_id=store.merchant.id, kind=kind, trigger=trigger, name=name, created_at=now, created_by="x"
            )
            for kind, trigger, name in (("campaign", "", "Rindu kopi"), ("automation", "joined", "Halo"))
        ]
        for row in rows:
            DueWork.objects.create(
                merchant_id=store.merchant.id,
                kind=MESSAGE_WORK.name,
                subject_id=row.id,
                due_at=now,
                next_try_at=now,
                attempts=10,
                last_error="X",
                given_up_at=now,
            )
    page = owner.text(PATH)
    assert "Mails that wait to be sent" in page
    assert f'href="/campaigns/{rows[0].id}/"' in page
    assert page.count('href="/campaigns/welcome/"') >= 1
