"""The values of an entry's fields in words: codes, states, amounts and instants as people read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.dates import MONTHS as MONTH_NAMES
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.audit_words.fields import FIELD_WORDS, field_word
from backoffice.consent_words import CHANNEL_WORDS, METHOD_WORDS, TOPIC_WORDS
from backoffice.context import ROLE_WORDS
from backoffice.privacy.breach_words import TOLD_BY_WORDS, TOUCHED_BY_WORDS
from backoffice.privacy.words import DONE_WORDS, GROUND_WORDS, RELATION_WORDS, REQUEST_WORDS
from backoffice.program.words import MEASURE_WORDS, POLICY_WORDS
from backoffice.settings.forms.attributes import KIND_WORDS
from backoffice.settings.forms.tills import SCOPES
from backoffice.words import BILL_WORDS, HANDOVER_WORDS, SEGMENT_WORDS
from common.ids import uuid_or_none
from common.languages import reader_language
from common.quantities import format_day, format_instant, format_money, format_number, format_percent
from merchants.facts import MerchantFacts
from people.wording import CAUSE_WORDS

REFUND_POLICY_WORDS: Final[Mapping[str, Promise]] = {
    "only_pending": _("Only points that cannot be used yet"),
    "within_balance": _("Up to the balance, never below zero"),
    "debt": _("All of them; what was spent becomes a debt"),
}

MONEY_ROUNDING_WORDS: Final[Mapping[str, Promise]] = {
    "half_up": _("Half and more up"),
    "down": _("Always down"),
}
ROUND_AT_WORDS: Final[Mapping[str, Promise]] = {
    "line": _("Per line"),
    "total": _("On the total"),
    "total_then_share": _("On the total, then shared"),
}
REMAINDER_WORDS: Final[Mapping[str, Promise]] = {
    "largest": _("To the lines that lost most by rounding"),
    "last_line": _("To the last line"),
}

EXPIRY_WORDS: Final[Mapping[str, Promise]] = {
    "fixed": _("Each point so long after it was earned"),
    "inactivity": _("All points so long after the member's last purchase"),
    "calendar": _("All points of a year together on one day"),
}
EXPIRY_ROUNDING_WORDS: Final[Mapping[str, Promise]] = {
    "day": _("That day"),
    "month": _("The end of that month"),
    "year": _("The end of that year"),
}

LANGUAGE_WORDS: Final = {"id": "Bahasa Indonesia", "en": "English"}

MONEY: Final = frozenset(
    {
        "amount",
        "total",
        "unit_amount",
        "unit_cost_amount",
        "price_amount",
        "cost_amount",
        "till_debt_limit_amount",
        "coupons_alone_amount",
    }
)

STATE_WORDS: Final[Mapping[str, Promise]] = {
    "draft": _("Draft"),
    "scheduled": _("Scheduled"),
    "preparing": _("Being prepared"),
    "running": _("Running"),
    "paused": _("Paused"),
    "finished": _("Finished"),
    "cancelled": _("Cancelled"),
    "live": _("Running"),
    "ended": _("Ended"),
    "partial": _("Partly made"),
    "ready": _("Made"),
    "issued": _("Usable"),
    "blocked": _("Blocked"),
    "active": _("Active"),
    "joined": _("Joined"),
    "qualified": _("Fulfilled, reward waits"),
    "in_review": _("To be reviewed"),
    "granted": _("Rewarded"),
    "refused": _("Refused"),
    "clawed_back": _("Taken back"),
    "expired": _("Expired"),
}
REPEAT_WORDS: Final[Mapping[str, Promise]] = {
    "yearly": _("Every year on the same day"),
    "monthly": _("Every month"),
    "dated": _("Only on days I write down"),
}
PAUSE_WORDS: Final[Mapping[str, Promise]] = {
    "by_hand": _("By hand"),
    "sender_refused": _("The mail server refused the sender"),
    "needs_review": _("To be looked at"),
    "stale": _("After a restore"),
}

_VALUES: Final[Mapping[str, Mapping[str, Promise | str]]] = {
    "discounts": BILL_WORDS,
    "minimums": BILL_WORDS,
    "earning": BILL_WORDS,
    "role": {role.value: word for role, word in ROLE_WORDS.items()},
    "refund_policy": REFUND_POLICY_WORDS,
    "language": LANGUAGE_WORDS,
    "state": STATE_WORDS,
    "status": STATE_WORDS,
    "handover": HANDOVER_WORDS,
    "segments_any": SEGMENT_WORDS,
    "repeats": REPEAT_WORDS,
    "pause_reason": PAUSE_WORDS,
    "unit": {"points": _("Points"), "wallet": _("Wallet money")},
    "scopes": dict(SCOPES),
    "coupons": {
        "cancel": _("Cancelled"),
        "keep": _("Kept"),
        "honour": _("They stay good"),
        "void": _("They become void"),
    },
    "fields": {
        name: FIELD_WORDS[name]
        for name in (
            "name",
            "phone",
            "email",
            "birth_date",
            "area",
            "outlet_id",
            "language",
            "attributes",
            "external_ref",
            "notes",
        )
    },
    "value_kind": KIND_WORDS,
    "cause": CAUSE_WORDS,
    "told_by": TOLD_BY_WORDS,
    "touched_by": TOUCHED_BY_WORDS,
    "asked_for": REQUEST_WORDS,
    "done": DONE_WORDS,
    "ground": GROUND_WORDS,
    "topic": TOPIC_WORDS,
    "channel": CHANNEL_WORDS,
    "method": METHOD_WORDS,
    "relation": RELATION_WORDS,
    "points_expiry": EXPIRY_WORDS,
    "points_rounding": EXPIRY_ROUNDING_WORDS,
    "measure": MEASURE_WORDS,
    "down_policy": POLICY_WORDS,
    "money_rounding": MONEY_ROUNDING_WORDS,
    "round_at": ROUND_AT_WORDS,
    "remainder": REMAINDER_WORDS,
}


def named_value(name: str, value: Any, merchant: MerchantFacts, names: Mapping[UUID, str]) -> str:
    """Return a value in words, an id by its name; '' for an id that nothing here is called by."""
    found = id_of(value)
    return names.get(found, "") if found is not None else value_word(name, value, merchant)


def id_of(value: Any) -> UUID | None:
    """Return the id that a value is; None where it is something else."""
    return uuid_or_none(value) if isinstance(value, str) and len(value) == 36 else None


def value_word(name: str, value: Any, merchant: MerchantFacts) -> str:
    """A stored value as people read it: codes in words, instants in the merchant's zone, lists with commas."""
    if value is None:
        if name.endswith("_valid_months"):
            return gettext("without end")
        return gettext("no limit") if name.startswith("most_points") else "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name == "points_end_month" and isinstance(value, int):
        return str(MONTH_NAMES[value])
    if name in MONEY and isinstance(value, int):
        return format_money(value, merchant.currency, reader_language())
    if name == "basis_points" and isinstance(value, int):
        return format_percent(Decimal(value) / 10_000, 2)
    if isinstance(value, int):
        return format_number(value)
    if isinstance(value, time):
        return f"{value:%H.%M}"
    if isinstance(value, list | tuple):
        return ", ".join(value_word(name, one, merchant) for one in value) or "–"
    if isinstance(value, Mapping):
        said = ((key, value_word(key, one, merchant)) for key, one in value.items() if id_of(one) is None)
        return ", ".join(f"{field_word(key)}: {word}" for key, word in said if word != "–") or "–"
    text = str(value)
    if name in _VALUES:
        return str(_VALUES[name].get(text, text))
    return _moment_word(name, text, merchant)


def _moment_word(name: str, text: str, merchant: MerchantFacts) -> str:
    """Times were stored as text."""
    try:
        if name.endswith("_at") and "T" in text:
            language = reader_language()
            return format_instant(datetime.fromisoformat(text), merchant.timezone, language)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return format_day(date.fromisoformat(text), reader_language())
        if name == "day_starts_at":
            return f"{time.fromisoformat(text):%H.%M}"
    except ValueError:
        pass
    return text
