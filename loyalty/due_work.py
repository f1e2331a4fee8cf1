"""Who does the work that waits, kind by kind.

The functions are named, not imported: a process that only asks for work loads none of them.
"""

from __future__ import annotations

from campaigns.facts import CAMPAIGN_WORK
from merchants.facts import EVENT_WORK, JOB_WORK, NIGHT_WORK
from merchants.tasks import register_batch_work, register_work
from messaging.facts import MESSAGE_WORK


def register_workers() -> None:
    """Hand the runner of every kind of work down to the one task that does it."""
    register_work(NIGHT_WORK, "loyalty.nightly.run_next_night")
    register_batch_work(EVENT_WORK, "loyalty.events.relay_events")
    register_work(JOB_WORK, "merchants.tasks.ask_for_worker")
    register_work(CAMPAIGN_WORK, "campaigns.tasks.run_campaign")
    register_work(MESSAGE_WORK, "messaging.tasks.run_dispatch")
