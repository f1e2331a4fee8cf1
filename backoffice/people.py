"""Who people are to their colleagues: names for the addresses that records keep of who did something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from merchants.facts import MerchantFacts
from merchants.queries import staff


class _People:
    """The names of one merchant's staff, read when the first one is asked for."""

    def __init__(self, merchant: MerchantFacts) -> None:
        self._merchant, self._names, self._by_id = merchant, dict[str, str](), dict[UUID, str]()
        self._is_read = False

    def name_of(self, address: str) -> str:
        self._read_people()
        return self._names.get(address, address)

    def name_of_user(self, user_id: UUID) -> str:
        self._read_people()
        return self._by_id.get(user_id, "")

    def _read_people(self) -> None:
        if self._is_read:
            return
        people = staff(merchant=self._merchant)
        self._names = {one.email: one.name for one in people}
        self._by_id = {one.user_id: one.name for one in people}
        self._is_read = True


_current: ContextVar[_People | None] = ContextVar("people_of_the_page", default=None)


@contextmanager
def people_of(merchant: MerchantFacts) -> Iterator[None]:
    """Let `person_name` know this merchant's staff within it; a page that names no one runs no statement for it."""
    token = _current.set(_People(merchant))
    try:
        yield
    finally:
        _current.reset(token)


def person_name(address: str) -> str:
    """Return the name of who signs in with this address here, else the address itself."""
    people = _current.get()
    return people.name_of(address) if people is not None and "@" in address else address


def user_name(user_id: UUID) -> str:
    """Return the name of one of the staff; "" for anyone else."""
    people = _current.get()
    return people.name_of_user(user_id) if people is not None else ""
