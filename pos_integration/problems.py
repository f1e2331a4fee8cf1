"""Problem answers (RFC 9457): one shape for every error, in the till's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext, override

from common.errors import BadInput, DomainError, FieldError, Missing, NotPermitted, Refusal, TemporarilyUnavailable
from common.lock_waits import WAIT_HEADER
from merchants.operations import KeyInProgress, KeyReused, TerminalNumberTaken
from pos_integration.coupon_reasons import COUPON_REASONS, OTHER_REASON
from pos_integration.fact_words import FACT_WORDS
from pos_integration.json_text import plain, write_json
from pos_integration.problem_shape import CASHIER_MESSAGE_LENGTH, Words
from pos_integration.problem_words import PROBLEMS
from pos_integration.retries import NoRoomToWait

MEDIA_TYPE: Final = "application/problem+json"
TYPE_BASE: Final = "/api/docs/problems#"
MAX_FIELD_ERRORS: Final = 50
_OWN_MEMBERS: Final = frozenset({"type", "title", "status", "code", "detail", "cashier_message", "retryable", "errors"})


_IN_WORDS: Final = frozenset({"reason", "status"})


class ProblemError(Exception):
    """Ends a request with a problem that the interface itself found; `facts` feed the words and the answer."""

    def __init__(self, code: str, *, headers: Mapping[str, str] | None = None, **facts: Any) -> None:
        self.code = code
        self.headers = dict(headers or {})
        self.facts = facts
        super().__init__(code)


def problem_of(error: DomainError) -> ProblemError:
    """Return the problem of a named domain error. Unknown codes keep their code and get their class's words."""
    if isinstance(error, BadInput):
        return validation_problem(error.errors)
    if isinstance(error, KeyInProgress):
        return ProblemError("idempotency_in_progress", headers={"Retry-After": "1"})
    if isinstance(error, NoRoomToWait):
        return ProblemError("temporarily_unavailable", headers={"Retry-After": "1", WAIT_HEADER: "1"})
    if isinstance(error, TemporarilyUnavailable):
        return ProblemError("temporarily_unavailable", headers={"Retry-After": "1"})
    if isinstance(error, NotPermitted):
        return ProblemError("scope_missing", scope=str(error.facts.get("scope", error.code)))
    if isinstance(error, Missing):
        return ProblemError(error.code)  # no facts: a foreign id and a random one answer alike
    if isinstance(error, Refusal | KeyReused | TerminalNumberTaken):
        return ProblemError(error.code, **error.facts)
    return ProblemError("internal_error")


def validation_problem(errors: Sequence[FieldError]) -> ProblemError:
    return ProblemError("validation_error", errors=tuple(errors)[:MAX_FIELD_ERRORS])


def words_for(error: ProblemError) -> Words:
    """Return the catalogue's words; a refusal without words keeps its code and reads as 'not possible'."""
    return PROBLEMS.get(error.code) or PROBLEMS["not_found" if error.code.endswith("_not_found") else "refused"]


def problem_status(error: ProblemError) -> int:
    return words_for(error).status


def problem_body(error: ProblemError, language: str) -> str:
    """Return the problem's JSON text; plain facts of a refusal become fields (`member_id`, `available`)."""
    words = words_for(error)
    facts = {name: _plain_value(value) for name, value in error.facts.items() if name not in _OWN_MEMBERS}
    errors: Sequence[FieldError] = error.facts.get("errors", ())
    with override(language):
        body = {
            "type": f"{TYPE_BASE}{error.code}",
            "title": gettext(words.title),
            "status": words.status,
            "code": error.code,
            "detail": _write_detail(words, facts, errors),
            "cashier_message": _for_cashier(error, words)[:CASHIER_MESSAGE_LENGTH],
            "retryable": words.retryable,
        }
    if errors:
        body["errors"] = [{"pointer": e.pointer, "code": e.code, "message": e.message} for e in errors]
    return write_json({**{name: value for name, value in facts.items() if value is not None}, **body})


def _write_detail(words: Words, facts: Mapping[str, Any], errors: Sequence[FieldError]) -> str:
    if errors:
        return f"{errors[0].pointer or '/'}: {errors[0].message}"
    try:
        said = {name: _name_fact(value) for name, value in facts.items() if name in _IN_WORDS}
        return gettext(words.detail) % {**facts, **said}
    except KeyError:
        return gettext(words.title)


def _name_fact(value: Any) -> Any:
    """Return a code or a reason in words of the answer's language; everything else is itself."""
    return gettext(FACT_WORDS.get(value, value)) if value and isinstance(value, str) else value


def _for_cashier(error: ProblemError, words: Words) -> str:
    """Return the catalogue's words; for a coupon its code and the reason, as far as both are known and fit."""
    coupons: Sequence[Mapping[str, Any]] = error.facts.get("coupons", ())
    if error.code != "coupon_not_usable" or not coupons:
        return gettext(words.cashier_message)
    code, reason = str(coupons[0].get("code", "")).strip(), COUPON_REASONS.get(str(coupons[0].get("reason")))
    said = gettext(reason or COUPON_REASONS[OTHER_REASON])
    room = CASHIER_MESSAGE_LENGTH - len(said) - 2
    return f"{code if len(code) <= room else code[: room - 1] + '…'}: {said}"


def _plain_value(value: Any) -> Any:
    """Return what a refusal's fact becomes in the answer; what is no plain value is left out."""
    if isinstance(value, list | tuple):
        return [_plain_value(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain_value(item) for name, item in value.items()}
    if isinstance(value, UUID | datetime | date):
        return plain(value)
    return value if isinstance(value, str | int) else None
