"""Every read of members that other code may use; one file per noun, import from `members.queries`.

A merged member's id answers with its survivor; another merchant's id or identifier answers like a random one.
"""

from members.queries.among import AmongMembers, members_who_moved
from members.queries.attributes import attribute, attribute_mark, attributes
from members.queries.awaited import awaited_sales
from members.queries.data_requests import (
    DataRequestNotFound,
    closed_data_requests,
    codes_of_person,
    count_data_requests,
    data_request,
    data_requests_of_member,
    due_erasures,
    erased_since,
    members_written_of,
    open_data_requests,
    open_erasure,
    records_of_person,
)
from members.queries.exposures import (
    member_ids_of_numbers,
    members_known_at,
    members_today,
    members_viewed_by,
)
from members.queries.figures import (
    GroupFigures,
    members_by_age,
    members_by_area,
    members_by_choice,
    members_by_outlet,
)
from members.queries.guardians import guardian_in_force, guardians
from members.queries.history import cards, consents, tier_code_at, tier_moves, tier_program, tiers
from members.queries.households import household_of, wallet_mates
from members.queries.ladder import (
    ladder_mark,
    members_near_next,
    perks_by_tier,
    perks_of_tier,
    tier_months,
    tier_moves_between,
    tier_sizes,
    tiers_ever_held,
)
from members.queries.likeness import joined_devices, likeness, survivors_of
from members.queries.links import (
    card_token,
    card_token_in_force,
    card_tokens,
    member_id_of_unsubscribe_token,
    unsubscribe_token,
)
from members.queries.lists import (
    COUNT_LIMIT,
    Born,
    Bought,
    Lapsing,
    MemberFilter,
    OwnValue,
    count_members,
    identified_members,
    members_page,
    search_members,
)
from members.queries.lookups import (
    contacts,
    find_member,
    find_member_id,
    find_shown,
    member,
    member_by_card_token,
    member_by_referral_code,
    members_by_id,
    members_with_numbers,
    waiting_name,
)
from members.queries.merges import (
    PAIRS_PER_PAGE,
    duplicate_pairs,
    merge_by_id,
    merges_of,
    reasons_of_pair,
    recent_merges,
)
from members.queries.names import FEWEST_LETTERS, can_be_searched, members_named, name_searches_by_till
from members.queries.orders import SORTS
from members.queries.past import members_as_of
from members.queries.profiles import pair_mark, profile_mark
from members.queries.rows import IdentifierUnknown, MemberNotFound
from members.queries.shared_wallets import SharedWallet, redeemable_points, shared_wallet
from members.queries.tags import tagging, tags, tags_of_member
from members.queries.tier_previews import ladder_shifts, shifted_members
from members.queries.viewings import viewings_of_member

__all__ = [
    "COUNT_LIMIT",
    "FEWEST_LETTERS",
    "PAIRS_PER_PAGE",
    "SORTS",
    "AmongMembers",
    "Born",
    "Bought",
    "DataRequestNotFound",
    "GroupFigures",
    "IdentifierUnknown",
    "Lapsing",
    "MemberFilter",
    "MemberNotFound",
    "OwnValue",
    "SharedWallet",
    "attribute",
    "attribute_mark",
    "attributes",
    "awaited_sales",
    "can_be_searched",
    "card_token",
    "card_token_in_force",
    "card_tokens",
    "cards",
    "closed_data_requests",
    "codes_of_person",
    "consents",
    "contacts",
    "count_data_requests",
    "count_members",
    "data_request",
    "data_requests_of_member",
    "due_erasures",
    "duplicate_pairs",
    "erased_since",
    "find_member",
    "find_member_id",
    "find_shown",
    "guardian_in_force",
    "guardians",
    "household_of",
    "identified_members",
    "joined_devices",
    "ladder_mark",
    "ladder_shifts",
    "likeness",
    "member",
    "member_by_card_token",
    "member_by_referral_code",
    "member_id_of_unsubscribe_token",
    "member_ids_of_numbers",
    "members_as_of",
    "members_by_age",
    "members_by_area",
    "members_by_choice",
    "members_by_id",
    "members_by_outlet",
    "members_known_at",
    "members_named",
    "members_near_next",
    "members_page",
    "members_today",
    "members_viewed_by",
    "members_who_moved",
    "members_with_numbers",
    "members_written_of",
    "merge_by_id",
    "merges_of",
    "name_searches_by_till",
    "open_data_requests",
    "open_erasure",
    "pair_mark",
    "perks_by_tier",
    "perks_of_tier",
    "profile_mark",
    "reasons_of_pair",
    "recent_merges",
    "records_of_person",
    "redeemable_points",
    "search_members",
    "shared_wallet",
    "shifted_members",
    "survivors_of",
    "tagging",
    "tags",
    "tags_of_member",
    "tier_code_at",
    "tier_months",
    "tier_moves",
    "tier_moves_between",
    "tier_program",
    "tier_sizes",
    "tiers",
    "tiers_ever_held",
    "unsubscribe_token",
    "viewings_of_member",
    "waiting_name",
    "wallet_mates",
]
