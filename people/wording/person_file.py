"""The parts and columns of a person's file, and the codes in it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.languages import reader_language
from common.quantities import format_day, format_instant, format_money, format_number
from merchants.facts import MerchantFacts
from people.wording.breaches import DATA_WORDS

SECTION_WORDS: Final[Mapping[str, Promise]] = {
    "profile": _("What we know of you"),
    "own_fields": _("What this store also notes"),
    "tags": _("Words we sort you by"),
    "cards": _("Your cards"),
    "guardians": _("Who agreed for you as a child"),
    "consents": _("What you agreed to, with the proof"),
    "purchases": _("Your purchases"),
    "goods": _("What you bought"),
    "movements": _("Your points and wallet money"),
    "coupons": _("Your coupons"),
    "stamp_cards": _("Your stamp cards"),
    "rewards": _("Rewards you took"),
    "mails": _("Offers by e-mail"),
    "segment": _("What we conclude from your purchases"),
    "tiers": _("Your tiers"),
    "staff_actions": _("What our staff did"),
    "data_requests": _("What you asked about your data"),
    "viewings": _("Who looked at your data"),
    "till_looks": _("Tills that asked for you in the last 30 days"),
    "breaches": _("When data of yours came into wrong hands"),
    "files_of_many": _("Files of members that you may have been in"),
}
COLUMN_WORDS: Final[Mapping[str, Promise]] = {
    "action": _("What was done"),
    "at": _("When"),
    "balance_after": _("Balance afterwards"),
    "by": _("By"),
    "campaign": _("Campaign"),
    "cause": _("Why"),
    "change": _("Change"),
    "channel": _("Channel"),
    "closed_at": _("Closed"),
    "confirmed_at": _("Confirmed"),
    "data_kinds": _("Which data"),
    "discount_amount": _("Discount"),
    "due_at": _("Due"),
    "ended_at": _("Ended"),
    "field": _("Detail"),
    "frequency": _("How often you buy (1 to 5)"),
    "from": _("From"),
    "granted": _("Agreed"),
    "happened_from": _("From"),
    "happened_until": _("Until"),
    "in_full": _("Contacts in full"),
    "issued_at": _("Issued"),
    "kind": _("Kind"),
    "last_at": _("Last time"),
    "method": _("How it was said"),
    "monetary": _("How much you spend (1 to 5)"),
    "name": _("Name"),
    "net_amount": _("After returns"),
    "net_quantity": _("Pieces after returns"),
    "note": _("Note"),
    "number": _("Number"),
    "occurred_at": _("When"),
    "outcome": _("Outcome"),
    "outlet_id": _("Outlet"),
    "part": _("What was shown"),
    "points": _("Points"),
    "quantity": _("Pieces"),
    "reason": _("Reason"),
    "received_at": _("Came in"),
    "recency": _("How recently you bought (1 to 5)"),
    "recorded_by": _("Recorded by"),
    "reference": _("Receipt number"),
    "relation": _("Relation to the child"),
    "request": _("Request"),
    "said_on": _("Said on"),
    "segment": _("Segment"),
    "sentence": _("Sentence"),
    "source": _("Where"),
    "stamps": _("Stamps"),
    "status": _("State"),
    "text_version": _("Version"),
    "threshold": _("Needed"),
    "till": _("Till"),
    "times": _("Times"),
    "title": _("Name"),
    "to": _("To"),
    "told_at": _("Told"),
    "told_by": _("How"),
    "total_amount": _("Amount"),
    "unit": _("What"),
    "valid_from": _("First day"),
    "valid_until": _("Last day"),
    "value": _("Content"),
    "verified_by": _("Verified by"),
    "viewed_on": _("Day"),
    "viewer": _("Who"),
    "why": _("Why"),
}
CODE_WORDS: Final[Mapping[str, Promise]] = {
    "accepted": _("Sent"),
    "active": _("Active"),
    "adjust": _("Adjusted by hand"),
    "available": _("Usable"),
    "cashback": _("Cashback"),
    "completed": _("Completed"),
    "contact": _("Page with number and address"),
    "earn": _("Earned"),
    "email": _("E-mail"),
    "expire": _("Expired"),
    "file": _("File with everything"),
    "list": _("Taken out in a list"),
    "guardian": _("Guardian"),
    "import": _("From a file"),
    "in_person": _("In person"),
    "lapsed": _("Lapsed"),
    "letter": _("By letter"),
    "loyal": _("Loyal"),
    "mailed": _("By e-mail"),
    "new": _("New"),
    "page": _("Page without number and address"),
    "parent": _("Parent"),
    "phone": _("On the phone"),
    "points": _("Points"),
    "preferences": _("On your own page"),
    "public": _("On the join page"),
    "redeem": _("Redeemed"),
    "refund": _("Goods came back"),
    "staff": _("Recorded by staff"),
    "till": _("At the till"),
    "top_up": _("Top-up"),
    "void": _("Voided"),
    "wallet": _("Wallet money"),
    "written": _("In writing"),
}
"""Codes as the reader may know them; a code without a word is shown as it is in the JSON."""
PROFILE_WORDS: Final[Mapping[str, Promise]] = {
    "number": _("Member number"),
    "name": _("Name"),
    "phone": _("Mobile number"),
    "email": _("E-mail"),
    "birth_date": _("Birthday"),
    "area": _("Area"),
    "language": _("Language"),
    "outlet": _("Outlet"),
    "joined_at": _("Member since"),
    "source": _("Where"),
    "referral_code": _("Your code for friends"),
    "brought_by_friend": _("Brought by a friend"),
    "customer_number": _("Customer number"),
    "notes": _("Notes of our staff"),
    "is_blocked": _("Blocked"),
    "restricted_at": _("Your data is only kept since"),
}


def value_in_words(column: str, value: Any, merchant: MerchantFacts) -> str:
    """Return a value as a person reads it: days, instants, money and figures as everywhere, known codes in words."""
    language = reader_language()
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        return format_instant(value, merchant.timezone, language)
    if isinstance(value, date):
        return format_day(value, language)
    if isinstance(value, int):
        return format_money(value, merchant.currency, language) if column.endswith("_amount") else format_number(value)
    if column == "data_kinds":
        return ", ".join(str(DATA_WORDS[one]) for one in value)
    if column == "field":
        return str(PROFILE_WORDS[value])
    return str(CODE_WORDS.get(value, value)) if column in CODED else str(value)


CODED: Final = frozenset(
    {"cause", "channel", "kind", "method", "part", "relation", "segment", "source", "status", "told_by", "unit"}
)
"""Columns whose values are codes."""
