"""Puts the throttle of wrong coupon codes before and after everything that looks at a code."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.db import Error

from common.errors import Refusal
from merchants.facts import Actor
from merchants.operations import record_audit
from merchants.tenancy import merchant_scope
from pos_integration.pipeline import Call
from pos_integration.problems import ProblemError
from pos_integration.throttles import code_guard

UNKNOWN = "coupon_unknown"

log = structlog.get_logger("loyalty.api")


def refuse_while_closed(call: Call) -> None:
    """Raises the 429 problem while the till's codes are closed."""
    seconds = code_guard().seconds_closed(call.credential)
    if seconds:
        raise ProblemError("too_many_attempts", headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)


def count_wrong_codes(call: Call, reasons: Iterable[str | None]) -> None:
    """Counts each code that no coupon of this merchant has; leaves an audit entry when that closes the till's codes."""
    closed = False
    for reason in reasons:
        if reason == UNKNOWN:
            closed = code_guard().count_failure(call.credential) or closed
    if closed:
        log.warning("a till's coupon codes are closed", till=str(call.credential.till_id))
        _leave_trace(call)


def reasons_in(refusal: Refusal) -> list[str | None]:
    """The reasons of the codes that a CouponNotUsable names."""
    return [coupon.get("reason") for coupon in refusal.facts.get("coupons", ())]


def _leave_trace(call: Call) -> None:
    """In a transaction of its own, after the answer's: a guess that is rolled back leaves its trace all the same."""
    till_id = call.credential.till_id
    try:
        with merchant_scope(call.merchant.id):
            record_audit(
                merchant=call.merchant,
                actor=Actor(user_id=None, label="till"),
                action="till.coupon_codes_closed",
                at=call.received_at,
                subject=("till", till_id),
                reason="too many unknown coupon codes",
            )
    except Error as error:
        log.error("the audit entry could not be written", exc_info=error)
