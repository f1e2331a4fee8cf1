"""Which buyers of the last count an address asks for: stage, zone, scores, where they came from, who is reachable."""

from __future__ import annotations

from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext

from backoffice.words import SEGMENT_WORDS
from common.languages import reader_language
from common.quantities import format_day
from members.queries import AmongMembers
from merchants.facts import MerchantFacts
from segments.facts import Segment, Zone
from segments.queries import CameFrom, StandingFilter, member_ids_sql, moves
from segments.wording import ZONE_WORDS

COUNTED: Final = "counted"
"""The parameter that names a stage as the last count published it, or `ALL_BUYERS`."""
PARAMETERS: Final = (COUNTED, "zone", "r", "f", "from", "reachable")
ALL_BUYERS: Final = "all"
FLOW_DAYS: Final = 30
NOT_YET: Final = "none"
"""They came from no segment, because they had not bought yet."""


def read_standing(asked: QueryDict) -> StandingFilter | None:
    """Return what the address asks of the last count; None for nothing. An unknown word filters nothing."""
    came, zone, code = asked.get("from", ""), asked.get("zone", ""), asked.get(COUNTED, "")
    segment = Segment(code) if code in set(Segment) else None
    is_told = (segment is not None or code == ALL_BUYERS) and came in {NOT_YET, *Segment}
    who = StandingFilter(
        segment=segment,
        zone=Zone(zone) if zone in set(Zone) else None,
        recency=_read_score(asked.get("r")),
        frequency=_read_score(asked.get("f")),
        came=CameFrom(None if came == NOT_YET else Segment(came), FLOW_DAYS) if is_told else None,
        reachable=asked.get("reachable") == "yes",
    )
    return None if who == StandingFilter() and code != ALL_BUYERS else who


def among_of(merchant: MerchantFacts, who: StandingFilter | None) -> tuple[AmongMembers, ...]:
    """Return the members of the published count that fit; nothing where nothing is asked of it."""
    return (AmongMembers(*member_ids_sql(merchant=merchant, who=who)),) if who is not None else ()


def standing_words(merchant: MerchantFacts, who: StandingFilter | None) -> dict[str, str]:
    """Return the filters in force in words, by the parameter that holds them."""
    if who is None:
        return {}
    words = {COUNTED: gettext("At the last count: %(segment)s") % {"segment": gettext("All buyers")}}
    if who.segment:
        words[COUNTED] = gettext("At the last count: %(segment)s") % {"segment": SEGMENT_WORDS[who.segment.value]}
    if who.zone:
        words["zone"] = gettext("Zone: %(name)s") % {"name": ZONE_WORDS[who.zone].name}
    if who.recency:
        words["r"] = gettext("Recency score: %(score)s") % {"score": who.recency}
    if who.frequency:
        words["f"] = gettext("Frequency score: %(score)s") % {"score": who.frequency}
    if who.came:
        since = moves(merchant=merchant, days=FLOW_DAYS).since
        day = format_day(since, reader_language()) if since else "–"
        origin = SEGMENT_WORDS[who.came.origin.value] if who.came.origin else gettext("No purchase yet")
        words["from"] = gettext("On %(day)s: %(segment)s") % {"day": day, "segment": origin}
    if who.reachable:
        words["reachable"] = gettext("Reachable by e-mail")
    if len(words) > 1 and who.segment is None:
        del words[COUNTED]
    return words


def _read_score(text: str | None) -> int | None:
    return int(text) if text in {"1", "2", "3", "4", "5"} else None
