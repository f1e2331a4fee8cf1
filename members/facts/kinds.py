"""The kinds of things about members: states, doors, topics, causes."""

from __future__ import annotations

from enum import StrEnum


class MemberStatus(StrEnum):
    ACTIVE = "active"
    BLOCKED = "blocked"
    MERGED = "merged"
    ERASED = "erased"


class MemberSource(StrEnum):
    """Through which door the member came."""

    TILL = "till"
    PUBLIC = "public"
    IMPORT = "import"
    STAFF = "staff"


class Topic(StrEnum):
    """What a message is about; consent is given per topic and channel."""

    PROMO = "promo"


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"


class ConsentSource(StrEnum):
    """Where a consent was given or withdrawn."""

    TILL = "till"
    PUBLIC = "public"
    IMPORT = "import"
    STAFF = "staff"
    PREFERENCES = "preferences"
    ONE_CLICK = "one_click"
    COMPLAINT = "complaint"


class ConsentMethod(StrEnum):
    """How a member said it to staff."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    WRITTEN = "written"


class StopReason(StrEnum):
    """Why someone stopped messages, if they cared to say."""

    TOO_MANY = "too_many"
    NOT_INTERESTING = "not_interesting"
    NEVER_ASKED = "never_asked"
    OTHER = "other"


class TierMeasure(StrEnum):
    """What a tier asks for within the program's window of days."""

    SPEND = "spend"
    POINTS = "points"
    VISITS = "visits"


class DownPolicy(StrEnum):
    """What the night does with a member who no longer earns the tier held."""

    EARNED = "earned"
    ONE_STEP = "one_step"
    NEVER = "never"


class TierCause(StrEnum):
    PURCHASE = "purchase"
    NIGHT = "night"
    MANUAL = "manual"
    IMPORT = "import"
    MERGE = "merge"
