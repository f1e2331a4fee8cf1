"""What conditions may name at this merchant, and what it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext

from backoffice.promotions.forms import FormContext
from backoffice.words import SEGMENT_WORDS
from common.languages import reader_language
from common.quantities import format_day
from members.queries import find_member_id, members_by_id, tiers
from merchants.facts import MerchantFacts
from merchants.queries import all_outlets
from products.queries import categories, names_shown
from rewards.engine.facts import Definition, Surroundings
from rewards.moments.facts import OwnCalendar
from rewards.moments.queries import own_calendar
from rewards.moments.rules import STANDARD, is_standard
from rewards.moments.wording import moment_name
from rewards.promotions.queries import names_of_goods, partners, value_of_a_point
from rewards.promotions.wording import Names, hours_text, sentences, weekday_names

LANGUAGES = ("id", "en")


def other_language() -> str:
    return next(language for language in LANGUAGES if language != reader_language())


def names_of(merchant: MerchantFacts, definitions: Iterable[Definition] = ()) -> Names:
    """Return the names in seven statements, and one for the products that `definitions` name."""
    places = all_outlets(merchant=merchant)
    return Names(
        tiers={tier.code: tier.name for tier in tiers(merchant=merchant)},
        segments=SEGMENT_WORDS,
        outlets={str(outlet.id): outlet.name for outlet in places},
        closed_outlets=frozenset(str(outlet.id) for outlet in places if outlet.closed_at is not None),
        partners={str(partner.id): partner.name for partner in partners(merchant=merchant)},
        products=names_of_goods(merchant=merchant, definitions=definitions),
        calendar=own_calendar(merchant=merchant),
        point_value=value_of_a_point(merchant=merchant, at=timezone.now()),
    )


def describe(definition: Definition, names: Names, currency: str, language: str) -> list[str]:
    """Read the promotion back in either language."""
    return sentences(definition, currency=currency, language=language, names=names)


def with_goods_of(names: Names, merchant: MerchantFacts, definitions: Iterable[Definition]) -> Names:
    """Return the same names with the products that `definitions` name; one statement."""
    return replace(names, products={**names.products, **names_of_goods(merchant=merchant, definitions=definitions)})


def surroundings_of(names: Names) -> Surroundings:
    return Surroundings(
        tiers=frozenset(names.tiers),
        segments=frozenset(names.segments),
        outlets=frozenset(names.outlets),
        lifecycle=frozenset(SEGMENT_WORDS),
    )


def form_context_of(merchant: MerchantFacts, names: Names, now: datetime) -> FormContext:
    """Return the form's context; one statement more, the categories in use, and one for the names of goods."""
    return FormContext(
        currency=merchant.currency,
        zone=merchant.timezone,
        now=now,
        points_name=merchant.points_name,
        segments=_list_choices(names.segments),
        tiers=_list_choices(names.tiers),
        outlets=[one for one in _list_choices(names.outlets) if one[0] not in names.closed_outlets],
        closed_outlets={code: str(names.outlets[code]) for code in names.closed_outlets},
        moments=[(code, moment_name(code, names.calendar)) for code in _moment_codes(names.calendar)],
        categories=categories(merchant=merchant),
        find_member=lambda text: find_member_id(merchant=merchant, identifier=text),
        numbers_of=partial(_member_numbers, merchant),
        called=lambda codes: names_shown(merchant=merchant, skus=codes),
    )


def _list_choices(words: Mapping[str, str | Promise]) -> list[tuple[str, str]]:
    return [(code, str(word)) for code, word in words.items()]


def _moment_codes(own: OwnCalendar) -> list[str]:
    return [*STANDARD, *(moment.code for moment in own.moments if not is_standard(moment.code))]


def _member_numbers(merchant: MerchantFacts, ids: Sequence[str]) -> Mapping[str, str]:
    found = members_by_id(merchant=merchant, member_ids=[UUID(one) for one in ids])
    return {str(key): member.number for key, member in found.items()}


def days_text(definition: Definition, names: Names, *, always: str) -> str:
    """Say when it may act, for a column: moment, first and last day, weekdays, hours, or `always`."""
    when = definition.when
    parts = [moment_name(when.moment, names.calendar)] if when.moment is not None else []
    first = format_day(when.valid_from, reader_language()) if when.valid_from else ""
    last = format_day(when.valid_to, reader_language()) if when.valid_to else ""
    if first and last:
        parts.append(f"{first} – {last}")
    elif last:
        parts.append(gettext("until %(day)s") % {"day": last})
    elif first:
        parts.append(gettext("from %(day)s") % {"day": first})
    if when.weekdays is not None:
        parts.extend(weekday_names()[day - 1] for day in sorted(when.weekdays))
    if when.hours:
        parts.append(hours_text(when.hours))
    return ", ".join(parts) or always
