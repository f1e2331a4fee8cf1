"""Actions that span apps. One file per action; import from here."""

from stewardship.operations.enrolling import enrol_member, enrol_members
from stewardship.operations.opening import OpenedMerchant, open_merchant

__all__ = ["OpenedMerchant", "enrol_member", "enrol_members", "open_merchant"]
