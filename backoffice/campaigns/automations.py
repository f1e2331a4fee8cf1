"""What differs between the automations on the pages: the page where each is written, and the words of its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from campaigns.facts import CampaignFacts, TriggerName


@dataclass(frozen=True)
class AutomationWords:
    """`page`: name of the address where it is written; `met` and `share_of_met`: the people the funnel begins with.

    `nobody_yet` and `nobody_yet_text` fill the report while it is empty; `purchases` names whose purchases count.
    """

    page: str
    met: Promise
    share_of_met: Promise
    nobody_yet: Promise
    nobody_yet_text: Promise
    purchases: tuple[str, str]

    def whose_purchases(self, days: int) -> str:
        return ngettext(*self.purchases, days) % {"days": days}


def _mark_plural(one: str, many: str) -> tuple[str, str]:
    """Mark a text with a count for translation; it is looked up when it is shown."""
    return one, many


AUTOMATION_WORDS: Final[Mapping[TriggerName, AutomationWords]] = {
    TriggerName.JOINED: AutomationWords(
        page="backoffice:welcome",
        met=_("New members"),
        share_of_met=_("Share of new members"),
        nobody_yet=_("No new members yet"),
        nobody_yet_text=_("As soon as somebody joins, this page shows who got the welcome and what it brought."),
        purchases=_mark_plural(
            "Of each new member, the purchases of %(days)s day count.",
            "Of each new member, the purchases of %(days)s days count.",
        ),
    ),
}


def words_of(facts: CampaignFacts) -> AutomationWords | None:
    """Return the words of the campaign's automation; None for a campaign without one, which has an audience instead."""
    return AUTOMATION_WORDS[facts.trigger] if facts.trigger else None
