"""Who waits in one line: a till or a user whose credential was found good lately, else the network it came from."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

MOST_REMEMBERED: Final = 8_192
MOST_OF_ONE_SENDER: Final = 8
"""A key may be written in many ways and a user has several browsers; no one fills the memory with them."""

_SESSION: Final = re.compile(rb"(?:^|;\s*)sessionid=([^;]+)")
_IPV6_NETWORK_BITS: Final = 64
"""What one customer of a network gets: its addresses are all one sender's."""

Headers = Mapping[bytes, bytes]


class ProvenSenders:
    """Hashes of credentials that were good, and whose they were; bounded, the longest unused are forgotten.

    Used in the event loop alone. A credential that has ended keeps its owner's line until it is forgotten, which gives
    no one a second one.
    """

    def __init__(self) -> None:
        self.senders: OrderedDict[bytes, str] = OrderedDict()
        self.credentials: dict[str, OrderedDict[bytes, None]] = {}

    def sender_of(self, credential: bytes | None) -> str | None:
        """Return whose the credential was when it was last checked; None for one that is unknown."""
        if credential is None or (sender := self.senders.get(hashed := _hash_credential(credential))) is None:
            return None
        self.senders.move_to_end(hashed)
        return sender

    def remember(self, credential: bytes, sender: str) -> None:
        hashed = _hash_credential(credential)
        self._forget_credential(hashed)
        own = self.credentials.setdefault(sender, OrderedDict())
        own[hashed] = None
        self.senders[hashed] = sender
        if len(own) > MOST_OF_ONE_SENDER:
            self._forget_credential(next(iter(own)))
        if len(self.senders) > MOST_REMEMBERED:
            self._forget_credential(next(iter(self.senders)))

    def _forget_credential(self, hashed: bytes) -> None:
        sender = self.senders.pop(hashed, None)
        if sender is not None:
            del self.credentials[sender][hashed]
            if not self.credentials[sender]:
                del self.credentials[sender]


def credential_in(headers: Headers, *, is_till: bool) -> bytes | None:
    """Return what the request shows of its sender, unchecked: a till's key, a page's session; None for nothing."""
    if is_till:
        return headers.get(b"authorization")
    session = _SESSION.search(headers.get(b"cookie", b""))
    return session[1] if session is not None else None


def network_of(scope: Mapping[str, Any], headers: Headers, *, proxies: int) -> str:
    """Return the caller's address as the last of our own `proxies` saw it; of IPv6 one customer's network."""
    forwarded = [part.strip() for part in headers.get(b"x-forwarded-for", b"").split(b",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return f"address {_name_network(forwarded[-proxies].decode('latin-1'))}"
    return f"address {_name_network((scope.get('client') or ('',))[0])}"


def _name_network(text: str) -> str:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), _IPV6_NETWORK_BITS), strict=False))


def _hash_credential(credential: bytes) -> bytes:
    return sha256(credential).digest()
