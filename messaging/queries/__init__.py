"""Every read of messaging that other code may use; one file per noun, import from `messaging.queries`."""

from messaging.queries.addresses import ADDRESS_HASH, HASHED, address_hash, address_parameters, hash_parameters
from messaging.queries.sending import sending_policy
from messaging.queries.suppressions import suppressed_addresses

__all__ = [
    "ADDRESS_HASH",
    "HASHED",
    "address_hash",
    "address_parameters",
    "hash_parameters",
    "sending_policy",
    "suppressed_addresses",
]
