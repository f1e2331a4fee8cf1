"""Every write of tenancy; one file per noun, import from `merchants.operations`."""

from merchants.operations.audit import record_audit
from merchants.operations.keys import (
    KEY_KEPT,
    KeyInProgress,
    KeyReused,
    claim_key,
    forget_old_keys,
    store_answer,
)
from merchants.operations.merchant import change_merchant_settings, create_merchant
from merchants.operations.nights import (
    NIGHT_LEASE,
    LeaseLost,
    NightLease,
    finish_night,
    release_night,
    save_night_step,
    take_night,
)
from merchants.operations.outbox import forget_handled_events, leave_event, mark_events_handled
from merchants.operations.staff import (
    EmailTaken,
    InvitedStaff,
    LastOwner,
    StaffAlready,
    add_staff,
    change_staff_role,
    create_user,
    end_staff_access,
    invite_again,
    invite_staff,
    set_staff_password,
)
from merchants.operations.tills import (
    NameTaken,
    add_outlet,
    add_till,
    import_till,
    issue_till_key,
    note_till_seen,
    revoke_till_key,
)

__all__ = [
    "KEY_KEPT",
    "NIGHT_LEASE",
    "EmailTaken",
    "InvitedStaff",
    "KeyInProgress",
    "KeyReused",
    "LastOwner",
    "LeaseLost",
    "NameTaken",
    "NightLease",
    "StaffAlready",
    "add_outlet",
    "add_staff",
    "add_till",
    "change_merchant_settings",
    "change_staff_role",
    "claim_key",
    "create_merchant",
    "create_user",
    "end_staff_access",
    "finish_night",
    "forget_handled_events",
    "forget_old_keys",
    "import_till",
    "invite_again",
    "invite_staff",
    "issue_till_key",
    "leave_event",
    "mark_events_handled",
    "note_till_seen",
    "record_audit",
    "release_night",
    "revoke_till_key",
    "save_night_step",
    "set_staff_password",
    "store_answer",
    "take_night",
]
