"""The restore guard: a database that was brought back from a copy must not mail what it mailed already.

A small file outside the database holds the installation's id and how often it swept; so does one row inside. A
foreign copy has another id, an older copy of our own is behind the file. In both cases every campaign and automation
pauses until somebody looked at it.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from campaigns.facts import CampaignState, PauseReason
from campaigns.models import Automation, Campaign, Instance
from campaigns.operations.steering import pause_campaign
from common.ids import new_id
from merchants.facts import SYSTEM, MerchantFacts


@dataclass(frozen=True)
class Mark:
    """What stands in the file."""

    instance: UUID
    sweeps: int


def database_is_ours() -> bool:
    """Is this the database that the file belongs to, not behind it? True also for one that never swept. Global read."""
    row = Instance.objects.first()
    if row is None:
        return True
    mark = _read_mark()
    return mark is not None and mark.instance == row.instance and row.sweeps >= mark.sweeps


def count_sweep() -> None:
    """One more sweep, in the row first: a kill in between leaves the file behind the row, which is no restore."""
    with transaction.atomic():
        updated = Instance.objects.filter(id=1).update(sweeps=F("sweeps") + 1)
        if not updated:
            Instance.objects.create(instance=new_id(), sweeps=1)
        row = Instance.objects.get(id=1)
    mark = _read_mark()
    if mark is None or mark.instance != row.instance or mark.sweeps < row.sweeps:
        _write_mark(Mark(instance=row.instance, sweeps=row.sweeps))


def adopt_database() -> None:
    """After everything is paused: this database is ours from now on, under a new id."""
    with transaction.atomic():
        Instance.objects.update_or_create(id=1, defaults={"instance": new_id(), "sweeps": 1})
        row = Instance.objects.get(id=1)
    _write_mark(Mark(instance=row.instance, sweeps=row.sweeps))


def pause_for_review(*, merchant: MerchantFacts, now: datetime) -> int:
    """Pauses everything of one merchant that would send; each waits for a person to resume it. Returns how many."""
    at_work = [CampaignState.SCHEDULED.value, CampaignState.PREPARING.value, CampaignState.RUNNING.value]
    rows = Campaign.objects.filter(merchant_id=merchant.id, state__in=at_work).order_by("id")
    ids = list(rows.values_list("id", flat=True))
    for campaign_id in ids:
        pause_campaign(
            merchant=merchant, campaign_id=campaign_id, at=now, actor=SYSTEM, reason=PauseReason.NEEDS_REVIEW
        )
    Automation.objects.filter(merchant_id=merchant.id, campaign_id__in=ids).update(on_since=None)
    return len(ids)


def _mark_path() -> Path:
    """Beside the var directory's other files; one per database, so that tests and copies do not meet."""
    folder = Path(settings.INSTANCE_DIR)
    return folder / f"instance-{connection.settings_dict['NAME']}.json"


def _read_mark() -> Mark | None:
    try:
        stored = json.loads(_mark_path().read_text())
        return Mark(instance=UUID(stored["instance"]), sweeps=int(stored["sweeps"]))
    except (FileNotFoundError, ValueError, KeyError):
        return None


def _write_mark(mark: Mark) -> None:
    path = _mark_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({"instance": str(mark.instance), "sweeps": mark.sweeps}))
    fresh.replace(path)
