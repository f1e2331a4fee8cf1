"""Every write of members; one file per noun, import from `members.operations`."""

from members.operations.attributes import AttributeMoved, add_attribute, change_attribute
from members.operations.awaited import (
    AWAITED_EVENT,
    await_member,
    forget_awaited_sale,
    forget_old_awaited,
    lock_joining,
)
from members.operations.cards import (
    CardNotConfirmed,
    CardNotFound,
    ShownState,
    confirm_card,
    issue_waiting_card,
    note_link_sent,
    note_link_shown,
    note_shown_card,
    refuse_shown_state,
    replace_card,
    require_card_in_force,
    revoke_card,
    shown_card_state,
)
from members.operations.consents import CONSENT_RECORDED, consent_to_staff, set_consent, withdraw_consent
from members.operations.data_requests import (
    DataRequestClosed,
    DataRequestOpen,
    NotDoneByHand,
    carry_out_data_request,
    close_data_request,
    record_data_request,
    refuse_data_request,
)
from members.operations.enrolments import MemberExists, enrol, enrol_many, problems_of
from members.operations.erasures import close_erasure, forget_member, lock_erasure, record_erasure
from members.operations.households import (
    HouseholdNotPossible,
    hand_over_phone,
    join_household,
    leave_household,
    lock_holder,
    lock_holder_for_staff,
)
from members.operations.ladders import LadderMoved, TierHeld, change_ladder
from members.operations.merged_records import MergeNotPossible
from members.operations.merges import (
    MergeStands,
    absorb_member,
    lock_merge,
    lock_merging,
    lock_pair,
    note_moved_rows,
    release_member,
    say_not_same,
)
from members.operations.name_searches import count_name_search
from members.operations.profiles import ContactTaken, ProfileMoved, block, edit_profile, set_segments, unblock
from members.operations.program_copies import copy_member_program, member_program_rows
from members.operations.purchases import apply_purchase, lock_member, lock_members, recount_purchases
from members.operations.restrictions import ErasureWaits, lift_restriction, restrict_member
from members.operations.tags import read_tag, tag_member, tag_members, untag_batch, untag_member, untag_members
from members.operations.tiers import open_default_tiers, recalculate_tiers, set_tier
from members.operations.till_changes import BirthDateLocked, consent_at_till, edit_at_till
from members.operations.verification_codes import (
    VerificationRequired,
    issue_verification_code,
    require_verification_code,
)
from members.operations.viewings import note_viewing

__all__ = [
    "AWAITED_EVENT",
    "CONSENT_RECORDED",
    "AttributeMoved",
    "BirthDateLocked",
    "CardNotConfirmed",
    "CardNotFound",
    "ContactTaken",
    "DataRequestClosed",
    "DataRequestOpen",
    "ErasureWaits",
    "HouseholdNotPossible",
    "LadderMoved",
    "MemberExists",
    "MergeNotPossible",
    "MergeStands",
    "NotDoneByHand",
    "ProfileMoved",
    "ShownState",
    "TierHeld",
    "VerificationRequired",
    "absorb_member",
    "add_attribute",
    "apply_purchase",
    "await_member",
    "block",
    "carry_out_data_request",
    "change_attribute",
    "change_ladder",
    "close_data_request",
    "close_erasure",
    "confirm_card",
    "consent_at_till",
    "consent_to_staff",
    "copy_member_program",
    "count_name_search",
    "edit_at_till",
    "edit_profile",
    "enrol",
    "enrol_many",
    "forget_awaited_sale",
    "forget_member",
    "forget_old_awaited",
    "hand_over_phone",
    "issue_verification_code",
    "issue_waiting_card",
    "join_household",
    "leave_household",
    "lift_restriction",
    "lock_erasure",
    "lock_holder",
    "lock_holder_for_staff",
    "lock_joining",
    "lock_member",
    "lock_members",
    "lock_merge",
    "lock_merging",
    "lock_pair",
    "member_program_rows",
    "note_link_sent",
    "note_link_shown",
    "note_moved_rows",
    "note_shown_card",
    "note_viewing",
    "open_default_tiers",
    "problems_of",
    "read_tag",
    "recalculate_tiers",
    "record_data_request",
    "record_erasure",
    "recount_purchases",
    "refuse_data_request",
    "refuse_shown_state",
    "release_member",
    "replace_card",
    "require_card_in_force",
    "require_verification_code",
    "restrict_member",
    "revoke_card",
    "say_not_same",
    "set_consent",
    "set_segments",
    "set_tier",
    "shown_card_state",
    "tag_member",
    "tag_members",
    "unblock",
    "untag_batch",
    "untag_member",
    "untag_members",
    "withdraw_consent",
]
