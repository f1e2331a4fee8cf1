"""Frozen values about members that cross app borders. One file per noun; import from here."""

from members.facts.attributes import AttributeDraft, AttributeFacts, AttributeKind
from members.facts.cards import CardFacts, ShownCard, VerificationCodeFacts
from members.facts.consents import CONSENT_TEXT_VERSION, ConsentFacts
from members.facts.kinds import (
    Channel,
    ConsentMethod,
    ConsentSource,
    DownPolicy,
    MemberSource,
    MemberStatus,
    StopReason,
    TierCause,
    TierMeasure,
    Topic,
)
from members.facts.people import (
    ContactFacts,
    EnrolDraft,
    EnrolResult,
    MemberFacts,
    MemberSimilarity,
    MembersPage,
    PastMember,
    ProfileChanges,
    PurchaseDates,
)
from members.facts.tags import TagFacts, TaggingFacts
from members.facts.tiers import (
    MoveByHand,
    NextTier,
    TierChange,
    TierFacts,
    TierFigures,
    TierMoveFacts,
    TierProgramFacts,
)

__all__ = [
    "CONSENT_TEXT_VERSION",
    "AttributeDraft",
    "AttributeFacts",
    "AttributeKind",
    "CardFacts",
    "Channel",
    "ConsentFacts",
    "ConsentMethod",
    "ConsentSource",
    "ContactFacts",
    "DownPolicy",
    "EnrolDraft",
    "EnrolResult",
    "MemberFacts",
    "MemberSimilarity",
    "MemberSource",
    "MemberStatus",
    "MembersPage",
    "MoveByHand",
    "NextTier",
    "PastMember",
    "ProfileChanges",
    "PurchaseDates",
    "ShownCard",
    "StopReason",
    "TagFacts",
    "TaggingFacts",
    "TierCause",
    "TierChange",
    "TierFacts",
    "TierFigures",
    "TierMeasure",
    "TierMoveFacts",
    "TierProgramFacts",
    "Topic",
    "VerificationCodeFacts",
]
