"""Figures as people read them. Every tag gives plain text, so it can be stored with `as` and used in a sentence.

Currency and zone come from the merchant in `frame` unless the call names others; without either it is an error,
never a guess.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Final

from django import template
from django.template import Context
from django.utils.translation import gettext as _

from backoffice.words import MERGE_FIELD_WORDS, actor_word
from common import quantities
from common.languages import reader_language
from members.rules import mask_email, mask_phone, show_phone

register = template.Library()
MERGE_FIELD: Final = re.compile(r"\{\{\s*(\w+)\s*(?:\|\s*([^}]*?)\s*)?\}\}")


def _from_frame(context: Context, name: str) -> str:
    value = getattr(context.get("frame"), name, "")
    if not value:
        raise template.TemplateSyntaxError(f"No {name}: outside a merchant's page the tag must name it.")
    return str(value)


@register.filter
def person(label: str) -> str:
    """`{{ row.created_by|person }}`: the name of who did it, or the till or the system."""
    return actor_word(label)


@register.filter
def in_words(text: str) -> str:
    """`{{ subject|in_words }}`: merge fields by their fallback, or their name: 'Kami kangen, Kak'."""
    return MERGE_FIELD.sub(lambda m: m[2] or f"[{MERGE_FIELD_WORDS.get(m[1], m[1])}]", text)


@register.simple_tag(takes_context=True)
def money(context: Context, amount: int | None, currency: str = "") -> str:
    """`{% money sale.total_amount %}` -> 'Rp 1.250.000'; None -> '–'."""
    if amount is None:
        return "–"
    return quantities.format_money(amount, currency or _from_frame(context, "currency"), reader_language())


@register.simple_tag(takes_context=True)
def points(context: Context, value: int | None, signed: bool = False, unit: bool = True) -> str:
    """`{% points 1240 %}` -> '1.240 poin' in the merchant's word; `signed` shows '+', `unit=False` leaves the word to a
    column's head."""
    if value is None:
        return "–"
    if not unit:
        shown = quantities.format_number(value)
    else:
        name = getattr(context.get("frame"), "points_name", "") or None
        shown = quantities.format_points(value, reader_language(), name)
    return f"+{shown}" if signed and value > 0 else shown


@register.filter
def number(value: int | None) -> str:
    """`{{ 1284|number }}` -> '1.284'; None -> '–'."""
    return "–" if value is None else quantities.format_number(value)


@register.filter
def signed(value: int | None) -> str:
    """`{{ 18|signed }}` -> '+18', '-4' or '0'; None -> '–'."""
    shown = number(value)
    return f"+{shown}" if value and value > 0 else shown


@register.filter
def day(value: date | None) -> str:
    """`{{ member.joined_on|day }}` -> '5 Mar 2026'; None -> '–'. An instant needs a zone: use `instant`."""
    if isinstance(value, datetime):
        raise TypeError("A day, not an instant: give {% instant %} the zone it needs.")
    return "–" if value is None else quantities.format_day(value, reader_language())


@register.simple_tag(takes_context=True)
def instant(context: Context, at: datetime | None, zone: str = "", suffix: bool = True) -> str:
    """`{% instant sale.sold_at %}` -> '5 Mar 2026, 14.30 WIB'; `suffix=False` where a column head names the zone."""
    if at is None:
        return "–"
    return quantities.format_instant(at, zone or _from_frame(context, "zone"), reader_language(), with_zone=suffix)


@register.simple_tag
def percent_of(part: int | None, base: int | None) -> str:
    """`{% percent_of 160 1284 %}` -> '12,5% of 1.284'. Without a base there is no percentage, only the base."""
    if part is None or not base:
        return _("– of %(base)s") % {"base": quantities.format_number(base or 0)}
    return _("%(percent)s of %(base)s") % {
        "percent": quantities.format_percent(part / base),
        "base": quantities.format_number(base),
    }


@register.filter
def masked_phone(e164: str | None) -> str:
    """'+6281234567890' -> '0812-****-7890'; none -> '–'."""
    return mask_phone(e164 or None) or "–"


@register.filter
def phone(e164: str | None) -> str:
    """'+6281234567890' -> '0812-3456-7890', for those who may see contacts."""
    return show_phone(e164 or None) or "–"


@register.filter
def masked_email(email: str | None) -> str:
    """'budi@gmail.com' -> 'bu***@gmail.com'; none -> '–'."""
    return mask_email(email or None) or "–"


@register.filter
def lookup(mapping: dict[Any, Any], key: Any) -> Any:
    """`{{ counts|lookup:code }}`: a dictionary's value for a key held in a variable, or None."""
    return mapping.get(key)
