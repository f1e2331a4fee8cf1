"""Every read of messaging that other code may use; one file per noun, import from `messaging.queries`."""

from messaging.queries.addresses import ADDRESS_HASH, HASHED, address_hash, address_parameters, hash_parameters
from messaging.queries.outcomes import (
    LOOK_EVERY,
    WRITTEN_TO_RECENTLY,
    DispatchLook,
    count_uncertain_messages,
    dispatches_at_work,
    due_dispatches,
    has_unsent_messages,
    look_at_dispatch,
    uncertain_messages,
)
from messaging.queries.policies import purpose_to_send, sending_policy
from messaging.queries.staff_mails import latest_program_mail, latest_staff_mails
from messaging.queries.suppressions import (
    count_suppressed,
    find_suppression,
    suppressed_addresses,
    suppression,
)

__all__ = [
    "ADDRESS_HASH",
    "HASHED",
    "LOOK_EVERY",
    "WRITTEN_TO_RECENTLY",
    "DispatchLook",
    "address_hash",
    "address_parameters",
    "count_suppressed",
    "count_uncertain_messages",
    "dispatches_at_work",
    "due_dispatches",
    "find_suppression",
    "has_unsent_messages",
    "hash_parameters",
    "latest_program_mail",
    "latest_staff_mails",
    "look_at_dispatch",
    "purpose_to_send",
    "sending_policy",
    "suppressed_addresses",
    "suppression",
    "uncertain_messages",
]
