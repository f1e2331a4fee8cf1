"""What the list's address asks for: filters and order, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.members.forms import MemberRangesForm
from backoffice.members.views.birthdays import birthday_choices, read_birthday
from backoffice.members.views.figure_filters import (
    OWN,
    age_choices,
    own_parameters,
    own_values,
    own_words,
    read_age,
    read_area,
)
from backoffice.members.views.tier_moves import read_moves
from backoffice.parts import Chip, url_with
from backoffice.saved_views import kept_query
from backoffice.segments.addresses import PARAMETERS as STANDING_PARAMETERS
from backoffice.segments.addresses import among_of, read_standing, standing_words
from backoffice.words import SEGMENT_WORDS, STATUS_WORDS
from common.ids import uuid_or_none
from common.languages import reader_language
from common.quantities import format_day, format_number
from members.facts import TagFacts, TierFacts
from members.queries import SORTS, Bought, Lapsing, MemberFilter, attributes, tags, tiers
from merchants.facts import MerchantFacts, OutletFacts
from merchants.queries import all_outlets
from segments.wording import ZONE_WORDS

PAGE: Final = "members"
RANGES: Final = ("joined", "bought", "last", "balance")
"""Filters with two ends, `joined_from` and `joined_to`; their chip takes both off."""
PARAMETERS: Final = (
    "q",
    "segment",
    "tier",
    "consent",
    "outlet",
    "status",
    "tag",
    "usable",
    "birthday",
    "age",
    "area",
    "lapsing",
    "moved",
    *STANDING_PARAMETERS,
    *(f"{name}_{end}" for name in RANGES for end in ("from", "to")),
    "sort",
)
SORT_WORDS: Final[Mapping[str, Promise]] = {
    "": _("Added last"),
    "name": _("Name, A to Z"),
    "-name": _("Name, Z to A"),
    "-balance": _("Highest balance"),
    "balance": _("Lowest balance"),
    "-spend": _("Highest spend"),
    "spend": _("Lowest spend"),
    "-last": _("Bought most recently"),
    "last": _("Longest without a purchase"),
    "joined": _("Member for longest"),
    "-joined": _("Member most recently"),
}
LAPSING: Final = "30"
"""The one choice of points that lapse: within so many days."""


@dataclass(frozen=True)
class Asked:
    """What the address asks for; `words` is the same in words by filter, `choices` what the filters offer.

    `is_unclear`: an end of a range cannot be read. The list is then shown without it and says so; nothing else is done.
    """

    filters: MemberFilter
    sort: str
    words: dict[str, str]
    choices: dict[str, Any]
    ranges: MemberRangesForm

    @property
    def is_unclear(self) -> bool:
        return not self.ranges.is_valid()


def asked_of(merchant: MerchantFacts, asked: QueryDict, today: date) -> Asked:
    """Return the address's filters; an unknown code matches no one or filters nothing, but is never an error.

    `today` is the business day from which birthdays and points that lapse are counted.
    """
    ladder, places, known_tags = tiers(merchant=merchant), all_outlets(merchant=merchant), tags(merchant=merchant)
    own = [one for one in attributes(merchant=merchant) if one.is_active]
    ranges = MemberRangesForm(merchant.points_name, own, asked)
    ranges.is_valid()
    segment, status, sort = (asked.get(name, "") for name in ("segment", "status", "sort"))
    birthday, who = read_birthday(asked.get("birthday", ""), today), read_standing(asked)
    moves, age = read_moves(asked.get("moved", "")), read_age(asked.get("age", ""), today)
    area, area_words = read_area(ranges.cleaned_data.get("area") or "")
    filters = MemberFilter(
        search=asked.get("q", "")[:100],
        segment=segment if segment in SEGMENT_WORDS else "",
        tier_code=asked.get("tier", "")[:40],
        status=status if status in STATUS_WORDS else "",
        promo_email={"yes": True, "no": False}.get(asked.get("consent", "")),
        outlet_id=uuid_or_none(asked.get("outlet", "")),
        tag_id=uuid_or_none(asked.get("tag", "")),
        usable_least=_read_points(asked.get("usable", "")),
        birthdays=birthday.keys if birthday else None,
        born=age.born if age else None,
        area=area,
        own=own_values(own, ranges.cleaned_data),
        lapsing=Lapsing(today, lapses_until(today)) if asked.get("lapsing") == LAPSING else None,
        among=among_of(merchant, who) + (moves.among(merchant) if moves else ()),
        **_range_ends(merchant, ranges.cleaned_data),
    )
    names = {
        "tier": next((t.name for t in ladder if t.code == filters.tier_code), filters.tier_code),
        "outlet": next((one.name for one in places if one.id == filters.outlet_id), "–"),
        "tag": next((one.name for one in known_tags if one.id == filters.tag_id), "–"),
    }
    words = _filter_words(filters, names) | standing_words(merchant, who) | _range_words(ranges.cleaned_data)
    words |= own_words(own, ranges.cleaned_data)
    if birthday:
        words["birthday"] = birthday.words
    if age:
        words["age"] = age.words
    if area_words:
        words["area"] = area_words
    if moves:
        words["moved"] = moves.words
    if filters.lapsing:
        until = format_day(filters.lapsing.last, reader_language())
        words["lapsing"] = gettext("Points lapse until %(day)s") % {"day": until}
    choices = _choices_of(ladder, places, known_tags)
    return Asked(filters, sort if sort in SORTS else "", words, choices, ranges)


def _choices_of(
    ladder: Sequence[TierFacts], places: Sequence[OutletFacts], known_tags: Sequence[TagFacts]
) -> dict[str, Any]:
    """Return what the filters that are chosen from a list offer."""
    return {
        "segments": SEGMENT_WORDS.items(),
        "tiers": [(tier.code, tier.name) for tier in ladder],
        "consents": [("yes", gettext("Agrees")), ("no", gettext("No consent"))],
        "statuses": STATUS_WORDS.items(),
        "outlets": [(str(one.id), one.name) for one in places],
        "tags": [(str(one.id), one.name) for one in known_tags],
        "sorts": SORT_WORDS.items(),
        "birthdays": birthday_choices(),
        "ages": age_choices(),
        "lapsings": [(LAPSING, gettext("Within 30 days"))],
        "zones": [(zone.value, words.name) for zone, words in ZONE_WORDS.items()],
    }


def lapses_until(today: date) -> date:
    """Return the last day whose end may take points that the filter finds."""
    return today + timedelta(days=int(LAPSING) - 1)


def query_of(asked: QueryDict, *, for_view: bool = False) -> str:
    """Return filters and order as they are in an address. A view is kept without what a person searched for."""
    return kept_query(asked, [*(PARAMETERS[1:] if for_view else PARAMETERS), *own_parameters(asked)])


def chips_of(asked: QueryDict, meaning: Asked) -> list[Chip]:
    """Return one per filter in force, ranges with both ends taken off together."""
    return [Chip(label, url_with(asked, **_names_of(name))) for name, label in meaning.words.items()]


def _read_points(text: str) -> int | None:
    """Read a whole number of points above 0; anything else filters nothing."""
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 12 and int(text) else None


def _names_of(name: str) -> dict[str, None]:
    has_ends = name in RANGES or name.startswith(OWN)
    return {name: None} | ({f"{name}_from": None, f"{name}_to": None} if has_ends else {})


def _range_ends(merchant: MerchantFacts, ranges: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "joined_from": ranges.get("joined_from"),
        "joined_to": ranges.get("joined_to"),
        "bought_from": _day_bound(merchant, ranges.get("last_from"), 0),
        "bought_before": _day_bound(merchant, ranges.get("last_to"), 1),
        "bought": _bought_filter(ranges.get("bought_from"), ranges.get("bought_to")),
        "balance_least": ranges.get("balance_from"),
        "balance_most": ranges.get("balance_to"),
    }


def _bought_filter(first: date | None, last: date | None) -> Bought | None:
    return Bought(first, last, source_view="sales_purchase") if first or last else None


def _day_bound(merchant: MerchantFacts, day: date | None, end: int) -> datetime | None:
    """Return the start (0) or the end (1) of a business day."""
    return merchant.bounds_of(day)[end] if day else None


def _filter_words(filters: MemberFilter, names: Mapping[str, str]) -> dict[str, str]:
    """Return filters in force, ranges apart, by the parameter that holds them."""
    words = {
        "q": (filters.search.strip(), gettext("Search: %(text)s") % {"text": filters.search}),
        "segment": (filters.segment, gettext("Segment: %(name)s") % {"name": SEGMENT_WORDS.get(filters.segment, "")}),
        "usable": (
            filters.usable_least is not None,
            ngettext("Can spend %(points)s point", "Can spend %(points)s points or more", filters.usable_least or 0)
            % {"points": format_number(filters.usable_least or 0)},
        ),
        "tier": (filters.tier_code, gettext("Tier: %(name)s") % {"name": names["tier"]}),
        "consent": (
            filters.promo_email is not None,
            gettext("Agrees to e-mail") if filters.promo_email else gettext("No consent to e-mail"),
        ),
        "outlet": (filters.outlet_id, gettext("Joined at: %(name)s") % {"name": names["outlet"]}),
        "status": (filters.status, gettext("State: %(name)s") % {"name": STATUS_WORDS.get(filters.status, "")}),
        "tag": (filters.tag_id, gettext("Tag: %(name)s") % {"name": names["tag"]}),
    }
    return {name: word for name, (is_set, word) in words.items() if is_set}


def _range_words(ranges: Mapping[str, Any]) -> dict[str, str]:
    language = reader_language()
    labels = {
        "joined": gettext("Joined: %(range)s"),
        "bought": gettext("Bought: %(range)s"),
        "last": gettext("Last purchase: %(range)s"),
        "balance": gettext("Balance: %(range)s"),
    }
    words = {}
    for name, label in labels.items():
        first, last = (_format_end(ranges.get(f"{name}_{end}"), language) for end in ("from", "to"))
        if first or last:
            words[name] = label % {"range": _write_range(first, last)}
    return words


def _format_end(end: date | int | None, language: str) -> str:
    if end is None:
        return ""
    return format_number(end) if isinstance(end, int) else format_day(end, language)


def _write_range(first: str, last: str) -> str:
    if first and last:
        return first if first == last else f"{first} – {last}"
    return gettext("from %(first)s") % {"first": first} if first else gettext("up to %(last)s") % {"last": last}
