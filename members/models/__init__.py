"""Tables of members, one file per noun; import from here.

Personal data is in `Member` (identity) and nowhere else; such columns say so in a comment.
"""

from members.models.attributes import AttributeDefinition
from members.models.cards import Card, VerificationCode, WaitingCardShown
from members.models.columns import PERSONAL
from members.models.consents import Consent
from members.models.contacts import AwaitedMember, FormerContact, NameSearch
from members.models.data_requests import DataRequest
from members.models.guardians import Guardian
from members.models.merges import MemberMerge, NotSamePerson
from members.models.people import Member
from members.models.tags import MemberTag, Tag
from members.models.tiers import Tier, TierMove, TierProgram
from members.models.viewings import Viewing

__all__ = [
    "PERSONAL",
    "AttributeDefinition",
    "AwaitedMember",
    "Card",
    "Consent",
    "DataRequest",
    "FormerContact",
    "Guardian",
    "Member",
    "MemberMerge",
    "MemberTag",
    "NameSearch",
    "NotSamePerson",
    "Tag",
    "Tier",
    "TierMove",
    "TierProgram",
    "VerificationCode",
    "Viewing",
    "WaitingCardShown",
]
