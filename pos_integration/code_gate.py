"""Puts the throttles of wrong codes before and after everything that looks at one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import structlog
from django.db import Error

from common.errors import Refusal
from members.operations import VerificationRequired
from members.rules import is_card_token
from merchants.facts import Actor, TillCredential
from merchants.operations import record_audit
from merchants.tenancy import merchant_scope
from pos_integration.pipeline import Call
from pos_integration.problems import ProblemError
from pos_integration.throttles import code_guard, look_up_guard, member_code_guard, name_search_guard

UNKNOWN = frozenset({"coupon_unknown", "gift_card_unknown"})

log = structlog.get_logger("loyalty.api")


def refuse_while_closed(call: Call) -> None:
    """Raise the 429 problem while the till's codes are closed."""
    seconds = code_guard().seconds_closed(call.credential)
    if seconds:
        raise ProblemError("too_many_attempts", headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)


def count_wrong_codes(call: Call, reasons: Iterable[str | None]) -> None:
    """Count each code that nothing of this merchant has; leave an audit entry when that closes the till's codes."""
    counted = [code_guard().count_failure(call.credential) for reason in reasons if reason in UNKNOWN]
    if any(each.closed for each in counted):
        log.warning("a till's coupon codes are closed", till=str(call.credential.till_id))
        _leave_trace(call.credential, "till.coupon_codes_closed", at=call.received_at)
    if any(each.alarmed for each in counted):
        log.error("a merchant's tills try very many wrong codes", merchant=str(call.merchant.id))
        _leave_trace(call.credential, "till.coupon_codes_alarm", at=call.received_at)


def refuse_unknown_identifiers(call: Call, identifier: str) -> None:
    """Raise the 429 problem while the till's look-ups are closed; what only a card's QR can hold passes."""
    seconds = 0 if is_card_token(identifier) else look_up_guard().seconds_closed(call.credential)
    if seconds:
        raise ProblemError("too_many_attempts", headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)


def count_unknown_identifier(credential: TillCredential, *, at: datetime) -> None:
    """Count a look-up that found no one; leave an audit entry when that closes the till's look-ups."""
    counted = look_up_guard().count_failure(credential)
    if counted.closed:
        log.warning("a till's look-ups are closed", till=str(credential.till_id))
        _leave_trace(credential, "till.look_ups_closed", at=at, reason="too many unknown members looked up")
    if counted.alarmed:
        log.error("a merchant's tills look up very many unknown members", merchant=str(credential.merchant.id))
        _leave_trace(credential, "till.look_ups_alarm", at=at, reason="too many unknown members looked up")


def count_search_by_name(call: Call) -> None:
    """Count a search by name, found or not; the one too many is refused and leaves an audit entry.

    Raises the 429 problem.
    """
    seconds = name_search_guard().seconds_closed(call.credential)
    if seconds:
        raise ProblemError("too_many_searches", headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)
    if name_search_guard().count_search(call.credential).closed:
        log.warning("a till's searches by name are closed", till=str(call.credential.till_id))
        call.closed_name_searches = True


@contextmanager
def guarded_member_code(call: Call, *, member_id: UUID | None, code: str | None) -> Iterator[None]:
    """Guard what may ask for the code of a member's card page: count wrong codes, and close it after too many.

    Raises the 429 problem while no code of this member, or none at this till, is looked at.
    """
    if member_id is None or code is None or call.merchant.verify_above_points is None:
        yield
        return
    seconds = member_code_guard().seconds_closed(call.credential, member_id)
    if seconds:
        raise ProblemError("too_many_attempts", headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)
    try:
        yield
    except VerificationRequired:
        if member_code_guard().count_failure(call.credential, member_id):
            log.warning("codes of a card page are closed", till=str(call.credential.till_id), member=str(member_id))
            call.closed_codes_of = member_id
        raise


def reasons_in(refusal: Refusal) -> list[str | None]:
    """Return the reasons of the codes that a CouponNotUsable or a GiftCardNotUsable names."""
    return [code.get("reason") for name in ("coupons", "gift_cards") for code in refusal.facts.get(name, ())]


def leave_trace_of_closed_searches(call: Call) -> None:
    """After the transaction: an entry in the audit trail when this request closed the till's searches by name."""
    if call.closed_name_searches:
        _leave_trace(
            call.credential,
            "till.name_searches_closed",
            at=call.received_at,
            reason="too many members searched by name",
        )


def leave_trace_of_closed_codes(call: Call) -> None:
    """Leave an audit entry, after the transaction, when this request closed the codes of a card page."""
    if call.closed_codes_of is not None:
        _leave_trace(
            call.credential,
            "till.member_codes_closed",
            at=call.received_at,
            reason="too many wrong codes of a card page",
        )


def _leave_trace(
    credential: TillCredential, action: str, *, at: datetime, reason: str = "too many unknown coupon codes"
) -> None:
    """Leave an audit entry in a transaction of its own: it stays although the guess is rolled back."""
    till_id = credential.till_id
    try:
        with merchant_scope(credential.merchant.id):
            record_audit(
                merchant=credential.merchant,
                actor=Actor(user_id=None, label="till"),
                action=action,
                at=at,
                subject=("till", till_id),
                reason=reason,
            )
    except Error as error:
        log.error("the audit entry could not be written", exc_info=error)
