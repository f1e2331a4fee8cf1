"""Sentences about members in the reader's language: what is wrong with a field and how to fix it, consent wordings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.errors import FieldError
from members.facts import CONSENT_TEXT_VERSION, Channel

FIELD_PROBLEMS: Final[Mapping[str, Promise]] = {
    "phone_not_a_number": _("Write the mobile number in digits, for example 0812 3456 7890."),
    "phone_too_short": _("This mobile number is too short. Check the digits, for example 0812 3456 7890."),
    "phone_too_long": _("This mobile number is too long. Check the digits, for example 0812 3456 7890."),
    "phone_is_number": _("This is a member or card number. Write the mobile number, for example 0812 3456 7890."),
    "phone_unknown_country": _("No country has this code. Write it as +62 812 3456 7890."),
    "email_malformed": _("This is not a complete e-mail address. Write it as name@example.com."),
    "email_too_long": _("An e-mail address has at most 254 characters."),
    "contact_required": _("Give a mobile number or an e-mail address."),
    "name_required": _("Write the name."),
    "name_too_long": _("A name has at most 120 characters."),
    "text_unprintable": _("Remove the characters that cannot be printed."),
    "birth_date_impossible": _("The date of birth lies between 1900 and today."),
    "referral_code_unknown": _("No member has this referral code. Check it or leave it empty."),
    "language_unknown": _("Choose id (Bahasa Indonesia) or en (English)."),
    "attributes_too_large": _("At most 50 attributes, names up to 40 and texts up to 200 characters."),
    "attribute_not_text": _("Write a text."),
    "attribute_not_a_number": _("Write a whole number."),
    "attribute_not_a_choice": _("Choose one of those that are defined."),
    "attribute_not_a_day": _("Write a day, such as 2026-03-05."),
    "attribute_key_taken": _("You have a field of that name. Choose another name."),
    "attributes_too_many": _("You have 50 fields already."),
    "attribute_name_required": _("Write a name."),
    "attribute_name_too_long": _("A name has at most 40 characters."),
    "attribute_choices_required": _("Write what can be chosen, one per line."),
    "attribute_choices_too_many": _("At most 50 choices of up to 60 characters."),
    "external_ref_too_long": _("A customer number has at most 64 characters."),
    "notes_too_long": _("Notes have at most 2,000 characters."),
    "agreed_on_impossible": _("The day is today or before."),
    "said_on_impossible": _("The day lies between joining and today."),
    "outlet_unknown": _("Choose one of your outlets."),
    "area_too_long": _("An area has at most 80 characters."),
    "phone_taken": _("Another member has this mobile number."),
    "email_taken": _("Another member has this e-mail address."),
    "card_number_malformed": _("A card number has 6 to 19 digits, the last one a check digit. Check the digits."),
    "card_number_taken": _("Another card has this number."),
    "tier_days_impossible": _("Write 1 to 1,830 days; to keep a tier for no time, write 0."),
    "tier_levels_too_many": _("A ladder has 1 to 8 tiers."),
    "tier_name_required": _("Write the name of the tier."),
    "tier_name_taken": _("Another tier has this name. Choose another one."),
    "tier_first_asks_nothing": _("The lowest tier is for everybody: leave it at 0."),
    "tier_threshold_not_higher": _("Another tier asks for the same. Ask for more or less."),
    "tier_perks_too_long": _("At most 10 lines of up to 120 characters."),
    "protected_until_passed": _("Choose today or a later day, at most 5 years ahead."),
}

# A text that people agreed to is never edited: a new wording gets a new version, the old one stays for the proof.
CONSENT_CHANNELS: Final[Mapping[str, Channel]] = {"promo-1": Channel.EMAIL}
"""By which way the promise of a wording comes; a yes to it counts for no other."""
CONSENT_TEXTS: Final[Mapping[str, Callable[[str], str]]] = {
    "promo-1": lambda merchant: (
        gettext("I want to receive offers and coupons from %(merchant)s by e-mail. I can stop at any time.")
        % {"merchant": merchant}
    ),
}


def field_error(pointer: str, code: str) -> FieldError:
    """Return the error of one field, worded in the active language."""
    return FieldError(pointer=pointer, code=code, message=str(FIELD_PROBLEMS[code]))


def consent_text(merchant_name: str, version: str = CONSENT_TEXT_VERSION) -> str:
    """Return the sentence beside the consent box, in the active language."""
    return CONSENT_TEXTS[version](merchant_name)
