"""The table of triggers is whole: each has its row, its words, its entries in the trail, and a listener."""

import pytest

from backoffice.audit_words import ACTION_WORDS
from backoffice.campaigns.automations import AUTOMATION_WORDS
from campaigns.facts import TriggerName
from campaigns.queries.triggers import TRIGGERS, trigger_events
from campaigns.wording import AUTOMATION_NAMES
from loyalty.events import HANDLERS
from merchants.facts import HEARD_EVENTS


def test_every_trigger_has_a_row_a_name_and_words() -> None:
    assert set(TRIGGERS) == set(AUTOMATION_NAMES) == set(AUTOMATION_WORDS) == set(TriggerName)


@pytest.mark.parametrize("trigger", list(TriggerName))
def test_what_is_done_to_it_reads_well_in_the_trail(trigger: TriggerName) -> None:
    steps = {f"{TRIGGERS[trigger].audited_as}.{step}" for step in ("changed", "on", "off", "backfilled")}
    assert steps <= set(ACTION_WORDS)


def test_every_event_that_makes_a_member_due_has_a_listener() -> None:
    assert set(trigger_events()) <= set(HANDLERS)


def test_every_event_that_makes_work_has_a_listener() -> None:
    assert set(HANDLERS) == HEARD_EVENTS
