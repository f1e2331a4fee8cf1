"""Actions that span apps. One file per action; import from here."""

from stewardship.operations.enrolling import enrol_member, enrol_members, join_on_page
from stewardship.operations.opening import OpenedMerchant, open_merchant
from stewardship.operations.referring import settle_due_referrals

__all__ = ["OpenedMerchant", "enrol_member", "enrol_members", "join_on_page", "open_merchant", "settle_due_referrals"]
