"""What an operation may answer instead of doing the work.

A `Refusal` is a business answer (the shop's rule says no): the work is undone, the answer is kept.
A `Missing` is an id that this merchant does not have; another merchant's id looks exactly the same.
A `BadInput` names the field, the reason and the fix. Interfaces turn each into their own form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class DomainError(Exception):
    """Base of all named errors; `code` is stable and documented, `facts` hold its figures."""

    code = "error"

    def __init__(self, code: str | None = None, **facts: Any) -> None:
        if code is not None:
            self.code = code
        self.facts: Mapping[str, Any] = facts
        super().__init__(f"{self.code} {dict(facts)!r}" if facts else self.code)


class Refusal(DomainError):
    """A rule of the program says no. Answered 409 to a till and stored for replay."""

    code = "refused"


class Missing(DomainError):
    """This merchant has nothing of that id. Answered 404."""

    code = "not_found"


class NotPermitted(DomainError):
    """The actor's role does not allow it. Answered 403."""

    code = "not_permitted"


@dataclass(frozen=True)
class FieldError:
    """`pointer` is a JSON pointer ('/lines/0/quantity') or a form field's name."""

    pointer: str
    code: str
    message: str


class BadInput(DomainError):
    """The request cannot mean anything: each field error says where, why and how to fix it."""

    code = "validation_error"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__(None, errors=[f"{e.pointer}: {e.message}" for e in self.errors])


class TemporarilyUnavailable(DomainError):
    """Nothing happened; the same request may be sent again. Answered 503, retryable."""

    code = "temporarily_unavailable"
