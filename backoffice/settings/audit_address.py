"""What the address of the audit trail asks for, and the names that its entries are read with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext

from backoffice.audit_words import ACTION_WORDS, SUBJECT_WORDS, action_word, ids_in, subject_word
from backoffice.saved_views import kept_query
from backoffice.settings.forms.audit import AuditDaysForm
from backoffice.words import actor_word
from common.languages import reader_language
from common.quantities import format_day
from members.queries import members_by_id
from merchants.facts import SYSTEM, AuditFacts, AuditFilter, MerchantFacts, StaffFacts
from merchants.queries import staff
from rewards.promotions.queries import promotion_titles

COMMANDS: Final = frozenset({SYSTEM.label, "", "import_products", "simulate"})
"""What an entry names as its actor where neither a person nor a till did it."""
PARAMETERS: Final = ("action", "who", "of", "from", "to")


@dataclass(frozen=True)
class AskedAudit:
    """The filters in force, the same in words by the parameter that holds them, and who works or worked here."""

    filters: AuditFilter
    words: Mapping[str, str]
    people: list[StaffFacts]
    days: AuditDaysForm


def read_audit_address(merchant: MerchantFacts, asked: QueryDict) -> AskedAudit:
    """Return what the address asks for; what it cannot mean does not narrow, and a day has its note at the box."""
    people, days = staff(merchant=merchant), AuditDaysForm(asked)
    filters = _read_filter(merchant, asked, people, days)
    return AskedAudit(filters, _chip_words(filters, people, days), people, days)


def query_of(asked: QueryDict) -> str:
    """Return the filters as they stand in an address."""
    return kept_query(asked, PARAMETERS)


def _read_filter(
    merchant: MerchantFacts, asked: QueryDict, people: list[StaffFacts], days: AuditDaysForm
) -> AuditFilter:
    actor = asked.get("who", "")
    known = {str(one.user_id) for one in people} | {SYSTEM.label}
    since, until = days.since, days.until
    return AuditFilter(
        action=asked.get("action", "") if asked.get("action", "") in ACTION_WORDS else "",
        actor=actor if actor in known else "",
        subject_kind=asked.get("of", "") if asked.get("of", "") in SUBJECT_WORDS else "",
        since=merchant.bounds_of(since)[0] if since else None,
        until=merchant.bounds_of(until)[1] if until else None,
    )


def _chip_words(filters: AuditFilter, people: list[StaffFacts], days: AuditDaysForm) -> dict[str, str]:
    """Return the filters in force in words, by the parameter that holds them."""
    words, language = {}, reader_language()
    if filters.action:
        words["action"] = gettext("What: %(name)s") % {"name": action_word(filters.action)}
    if filters.actor:
        names = {str(one.user_id): one.name for one in people}
        words["who"] = gettext("Who: %(name)s") % {"name": names.get(filters.actor, gettext("System"))}
    if filters.subject_kind:
        words["of"] = gettext("Of: %(name)s") % {"name": subject_word(filters.subject_kind)}
    if days.since:
        words["from"] = gettext("From %(time)s") % {"time": format_day(days.since, language)}
    if days.until:
        words["to"] = gettext("Until %(time)s") % {"time": format_day(days.until, language)}
    return words


def load_names(merchant: MerchantFacts, entries: list[AuditFacts], people: list[StaffFacts]) -> dict[UUID, str]:
    """Return what these entries' records are called: people, members and promotions; two statements at most."""
    ids = {one.subject_id for one in entries if one.subject_id}.union(*(ids_in(one) for one in entries))
    names = {one.user_id: one.name for one in people}
    if any(one.subject_kind in ("member", "transfer") for one in entries):
        found = members_by_id(merchant=merchant, member_ids=sorted(ids - names.keys()))
        names |= {member_id: one.display_name for member_id, one in found.items()}
    promotions = {one.subject_id for one in entries if one.subject_kind == "promotion" and one.subject_id}
    if promotions:
        names |= promotion_titles(merchant=merchant, promotion_ids=sorted(promotions))
    return names


def actor_name(entry: AuditFacts, names: Mapping[UUID, str]) -> str:
    """Return who did it: a person's name, a till's, or the system for what commands did."""
    if entry.actor_id is not None:
        return names.get(entry.actor_id, entry.actor_label)
    return gettext("System") if entry.actor_label in COMMANDS else actor_word(entry.actor_label)


def actor_address(entry: AuditFacts) -> str:
    """Return the account of that time: in the file always, on the page if the person has another one today."""
    return entry.actor_label if entry.actor_id else ""


def write_cursor(entry: AuditFacts) -> str:
    """Return the entry's place in the trail, as `read_instant_and_id` reads it."""
    return f"{entry.at.isoformat()}~{entry.id}"
