"""What pages say of members under 18: who agreed for them, and what is left out until they grow up."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.utils.translation import gettext

from backoffice.access import StaffRequest
from backoffice.consent_words import METHOD_WORDS
from backoffice.privacy.words import RELATION_WORDS
from backoffice.words import actor_word
from members.facts import MemberFacts
from members.queries import guardian_in_force
from members.rules import adult_at, is_child


def child_context(request: StaffRequest, found: MemberFacts, now: datetime) -> dict[str, Any]:
    """Return what the member's page shows of a child; nothing for everyone else, without a statement."""
    merchant = request.staff.merchant
    if found.birth_date is None or not is_child(found.birth_date, zone=merchant.timezone, at=now):
        return {}
    agreed = guardian_in_force(merchant=merchant, member_id=found.id)
    adult = adult_at(found.birth_date, zone=merchant.timezone)
    return {
        "child": {
            "adult_on": adult.astimezone(ZoneInfo(merchant.timezone)).date(),
            "guardian": agreed,
            "relation": RELATION_WORDS[agreed.relation] if agreed else "",
            "method": METHOD_WORDS[agreed.method] if agreed else "",
            "recorded_by": actor_word(agreed.recorded_by) if agreed else "",
        }
    }


def say_consent_not_taken(request: StaffRequest, joined: MemberFacts, *, wanted: bool) -> None:
    """Say that a child joined without the consent that was ticked."""
    if wanted and not joined.promo_email:
        messages.warning(
            request,
            gettext("Under 18: the consent was not taken. Record first that a parent or guardian agrees."),
        )
