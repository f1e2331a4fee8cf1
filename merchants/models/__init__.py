"""Tables of tenancy, one file per noun; import from `merchants.models`."""

from merchants.models.approvals import Approval
from merchants.models.jobs import Job, JobPart
from merchants.models.requests import LoggedRequest
from merchants.models.staff_outlets import StaffOutlet
from merchants.models.tenants import (
    AuditEntry,
    ClaimedKey,
    DueWork,
    Membership,
    Merchant,
    NightRun,
    OutboxEvent,
    Outlet,
    SavedView,
    SentForm,
    Till,
    TillKey,
    User,
    UserManager,
)
from merchants.models.terminal_numbers import TerminalNumber

__all__ = [
    "Approval",
    "AuditEntry",
    "ClaimedKey",
    "DueWork",
    "Job",
    "JobPart",
    "LoggedRequest",
    "Membership",
    "Merchant",
    "NightRun",
    "OutboxEvent",
    "Outlet",
    "SavedView",
    "SentForm",
    "StaffOutlet",
    "TerminalNumber",
    "Till",
    "TillKey",
    "User",
    "UserManager",
]
