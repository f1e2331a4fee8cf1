"""Every read of members that other code may use; one file per noun, import from `members.queries`.

A merged member's id answers with its survivor; another merchant's id or identifier answers like a random one.
"""

from members.queries.finding import (
    contacts,
    find_member,
    find_member_id,
    member,
    member_by_card_token,
    member_by_referral_code,
    members_by_id,
)
from members.queries.history import cards, consents, tier_moves, tier_programme, tiers
from members.queries.links import card_token, card_tokens, member_id_of_unsubscribe_token, unsubscribe_token
from members.queries.lists import COUNT_LIMIT, MemberFilter, identified_members, members_page, search_members
from members.queries.past import members_as_of
from members.queries.rows import MemberNotFound

__all__ = [
    "COUNT_LIMIT",
    "MemberFilter",
    "MemberNotFound",
    "card_token",
    "card_tokens",
    "cards",
    "consents",
    "contacts",
    "find_member",
    "find_member_id",
    "identified_members",
    "member",
    "member_by_card_token",
    "member_by_referral_code",
    "member_id_of_unsubscribe_token",
    "members_as_of",
    "members_by_id",
    "members_page",
    "search_members",
    "tier_moves",
    "tier_programme",
    "tiers",
    "unsubscribe_token",
]
