"""Writes of joining. One file per action; import from here."""

from enrolment.operations.enrolments import enrol_at_till, enrol_in_household, enrol_member, enrol_members, join_on_page
from enrolment.operations.referrals import settle_due_referrals

__all__ = [
    "enrol_at_till",
    "enrol_in_household",
    "enrol_member",
    "enrol_members",
    "join_on_page",
    "settle_due_referrals",
]
