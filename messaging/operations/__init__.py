"""Every write of messaging; one file per noun, import from `messaging.operations`."""

from messaging.operations.restoring import (
    Mark,
    Origin,
    adopt_database,
    count_sweep,
    database_is_ours,
    mark_locked,
    origin_of_database,
    write_mark,
)
from messaging.operations.sending import lock_throttle, save_sending_policy
from messaging.operations.suppressions import lift_suppression, suppress_address, suppress_hashes

__all__ = [
    "Mark",
    "Origin",
    "adopt_database",
    "count_sweep",
    "database_is_ours",
    "lift_suppression",
    "lock_throttle",
    "mark_locked",
    "origin_of_database",
    "save_sending_policy",
    "suppress_address",
    "suppress_hashes",
    "write_mark",
]
