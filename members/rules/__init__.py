"""Pure rules about members: no Django, no clock; configuration and days come in as arguments."""

from members.rules.ages import (
    ADULT_AT,
    AGE_BANDS,
    adult_at,
    birth_date_for_offers,
    births_between,
    is_child,
    segment_for_offers,
)
from members.rules.attributes import problem_of_value
from members.rules.birthdays import (
    birth_date_locked_until,
    birthday_keys_between,
    birthday_keys_in,
    birthday_next_on,
)
from members.rules.data_requests import BY_HAND, DONE_WITHIN, ERASED_WITHIN, MAY_CLOSE, due_at
from members.rules.first_names import first_name_of
from members.rules.identifiers import Identifier, IdentifierKind, is_card_token, read_identifier
from members.rules.identities import identifying_texts
from members.rules.ladders import LONGEST_PERK, MOST_DAYS, MOST_LEVELS, MOST_PERKS, ladder_problems
from members.rules.masks import mask_email, mask_name, mask_phone, show_phone
from members.rules.merges import (
    ATTRIBUTE,
    UNDO_DAYS,
    added_figures,
    can_be_undone,
    choices_between,
    fields_of,
    figures_without,
    joined_first,
    merge_problem,
    taken_fields,
    tier_of_both,
)
from members.rules.numbers import (
    has_check_digit,
    luhn_digit,
    new_member_number,
    show_number,
)
from members.rules.phones import PhoneError, country_code, normalise_phone, region_of
from members.rules.purchases import PurchaseDelta, standing_after
from members.rules.tiers import (
    counts_towards_tier,
    earned_tier,
    next_tier,
    tier_after_night,
    tier_after_purchase,
    window_starts_on,
)

__all__ = [
    "ADULT_AT",
    "AGE_BANDS",
    "ATTRIBUTE",
    "BY_HAND",
    "DONE_WITHIN",
    "ERASED_WITHIN",
    "LONGEST_PERK",
    "MAY_CLOSE",
    "MOST_DAYS",
    "MOST_LEVELS",
    "MOST_PERKS",
    "UNDO_DAYS",
    "Identifier",
    "IdentifierKind",
    "PhoneError",
    "PurchaseDelta",
    "added_figures",
    "adult_at",
    "birth_date_for_offers",
    "birth_date_locked_until",
    "birthday_keys_between",
    "birthday_keys_in",
    "birthday_next_on",
    "births_between",
    "can_be_undone",
    "choices_between",
    "country_code",
    "counts_towards_tier",
    "due_at",
    "earned_tier",
    "fields_of",
    "figures_without",
    "first_name_of",
    "has_check_digit",
    "identifying_texts",
    "is_card_token",
    "is_child",
    "joined_first",
    "ladder_problems",
    "luhn_digit",
    "mask_email",
    "mask_name",
    "mask_phone",
    "merge_problem",
    "new_member_number",
    "next_tier",
    "normalise_phone",
    "problem_of_value",
    "read_identifier",
    "region_of",
    "segment_for_offers",
    "show_number",
    "show_phone",
    "standing_after",
    "taken_fields",
    "tier_after_night",
    "tier_after_purchase",
    "tier_of_both",
    "window_starts_on",
]
