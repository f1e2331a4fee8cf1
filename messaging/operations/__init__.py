"""Every write of messaging; one file per noun, import from `messaging.operations`."""

from messaging.operations.claims import (
    Claimed,
    begin_data,
    cancel_leftovers,
    claim_messages,
    give_back,
    recover_abandoned,
)
from messaging.operations.dispatches import (
    cancel_notices,
    cancel_program_messages,
    cancel_staff_messages,
    close_dispatch,
    hold_dispatch,
    open_dispatch,
    program_dispatch_of,
    queue_messages,
    queue_program_message,
    queue_staff_message,
)
from messaging.operations.outcomes import AttemptOutcome, greet_server, hold_for_server, settle, stop_for_sender
from messaging.operations.people import absorb_member, forget_member, release_member
from messaging.operations.policies import lock_throttle, save_sending_policy
from messaging.operations.restore_guard import (
    Mark,
    Origin,
    adopt_database,
    count_sweep,
    database_is_ours,
    mark_locked,
    origin_of_database,
    write_mark,
)
from messaging.operations.sources import (
    MessageSource,
    PauseForReview,
    Render,
    ReportTrouble,
    StillDue,
    all_sources,
    register_source,
    source_of,
)
from messaging.operations.suppressions import lift_suppression, suppress_address, suppress_hashes
from messaging.operations.uncertain import accept_uncertain, requeue_uncertain
from messaging.operations.work import restore_message_work

__all__ = [
    "AttemptOutcome",
    "Claimed",
    "Mark",
    "MessageSource",
    "Origin",
    "PauseForReview",
    "Render",
    "ReportTrouble",
    "StillDue",
    "absorb_member",
    "accept_uncertain",
    "adopt_database",
    "all_sources",
    "begin_data",
    "cancel_leftovers",
    "cancel_notices",
    "cancel_program_messages",
    "cancel_staff_messages",
    "claim_messages",
    "close_dispatch",
    "count_sweep",
    "database_is_ours",
    "forget_member",
    "give_back",
    "greet_server",
    "hold_dispatch",
    "hold_for_server",
    "lift_suppression",
    "lock_throttle",
    "mark_locked",
    "open_dispatch",
    "origin_of_database",
    "program_dispatch_of",
    "queue_messages",
    "queue_program_message",
    "queue_staff_message",
    "recover_abandoned",
    "register_source",
    "release_member",
    "requeue_uncertain",
    "restore_message_work",
    "save_sending_policy",
    "settle",
    "source_of",
    "stop_for_sender",
    "suppress_address",
    "suppress_hashes",
    "write_mark",
]
