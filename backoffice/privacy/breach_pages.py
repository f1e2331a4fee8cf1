"""What the pages of the breach desk share: a breach in words, and the form that lists whom it touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import ngettext

from backoffice.privacy.breach_forms import TouchedForm
from backoffice.privacy.breach_words import BREACH_STATE_WORDS
from backoffice.privacy.words import time_left
from backoffice.words import actor_word
from common.languages import reader_language
from common.quantities import format_instant, format_number
from merchants.facts import AuditFilter, MerchantFacts
from merchants.queries import audit_trail, staff, till_places
from people.facts import BreachFacts, BreachState
from people.wording import CAUSE_WORDS, DATA_WORDS

SOON: Final = timedelta(hours=24)
MOST_FILES: Final = 50
EXPORTED: Final = "members.exported"


@dataclass(frozen=True)
class BreachRow:
    """A breach as its line or page shows it. `left` is '' once people and authority have been informed."""

    one: BreachFacts
    cause: Promise
    data: list[Promise]
    state: Promise
    state_tone: str
    left: str
    tone: str
    size: int
    sent_by: str
    closed_by: str


def describe_breach(one: BreachFacts, now: datetime, *, size: int = 0) -> BreachRow:
    """Return the breach in words, with what is left of its 72 hours."""
    is_due = not one.is_closed and (one.sent_at is None or one.authority_told_at is None)
    late = is_due and one.due_at <= now
    soon = is_due and one.due_at - now < SOON
    tones = {BreachState.OPEN: "attention", BreachState.SENT: "info", BreachState.CLOSED: "outline"}
    return BreachRow(
        one=one,
        cause=CAUSE_WORDS[one.draft.cause],
        data=[DATA_WORDS[kind] for kind in one.draft.data],
        state=BREACH_STATE_WORDS[one.state],
        state_tone=tones[one.state],
        left=time_left(one.due_at, now) if is_due else "",
        tone="bad" if late else "attention" if soon else "outline",
        size=size,
        sent_by=actor_word(one.sent_by) if one.sent_by else "",
        closed_by=actor_word(one.closed_by) if one.closed_by else "",
    )


def touched_form(merchant: MerchantFacts, data: Any) -> TouchedForm:
    """Return the form with the staff, the tills and the files of this store."""
    language = reader_language()
    exported = audit_trail(merchant=merchant, filters=AuditFilter(action=EXPORTED), limit=MOST_FILES)
    files = []
    for entry in exported:
        count = int((entry.after or {}).get("count", 0))
        held = ngettext("%(count)s member", "%(count)s members", count) % {"count": format_number(count)}
        at = format_instant(entry.at, merchant.timezone, language)
        files.append((entry.at.isoformat(), f"{at} · {held} · {actor_word(entry.actor_label)}"))
    return TouchedForm(
        data,
        staff=[(str(one.user_id), one.name or one.email) for one in staff(merchant=merchant)],
        tills=[(str(one.id), f"{one.name} · {one.outlet_name}") for one in till_places(merchant=merchant).values()],
        files=files,
    )
