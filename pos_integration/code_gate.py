"""Puts the throttles of wrong codes before and after everything that looks at one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import structlog

from common.errors import Refusal
from common.secrets import is_miswritten, normalise_code
from members.operations import VerificationRequired
from members.rules import is_card_token
from merchants.facts import TillCredential
from merchants.tenancy import merchant_scope
from pos_integration.pipeline import Call
from pos_integration.problems import ProblemError
from pos_integration.retries import run_retrying
from pos_integration.throttles import code_guard, look_up_guard, member_code_guard, name_search_guard
from pos_integration.traces import leave_trace
from rewards.coupons.queries import known_coupon_codes
from rewards.gift_cards.queries import known_gift_card_codes
from rewards.gift_cards.rules import masked_code

CODES_TRIED = "too many unknown coupon codes"
UNKNOWN = frozenset({"coupon_unknown", "gift_card_unknown"})

log = structlog.get_logger("loyalty.api")


def refuse_guesses(call: Call, codes: Sequence[str], *, is_paid: bool = False) -> None:
    """Raise the 429 problem while all codes of the till are closed; while unknown ones are, if one of these is that.

    So the codes of honest customers go on while a person tries others; each try in that time counts, too. A sale that
    is paid goes on with an unknown one, which counts like any: that it is unknown is what a refusal would say as well.
    """
    guard = code_guard()
    seconds = guard.seconds_closed_for_all(call.credential)
    if not seconds:
        if is_paid:
            return
        seconds = guard.seconds_closed(call.credential)
        if not seconds:
            return
        call.unknown_codes = _find_unknown(call, codes)
        if not call.unknown_codes:
            return
        count_wrong_codes(call)
    raise ProblemError("too_many_attempts", headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)


def _find_unknown(call: Call, codes: Sequence[str]) -> list[str]:
    """Return the codes that neither a coupon nor a gift card of the merchant has, in a scope of its own."""
    merchant = call.merchant

    def ask() -> set[str]:
        with merchant_scope(merchant.id):
            coupons = known_coupon_codes(merchant=merchant, codes=codes)
            return coupons | known_gift_card_codes(merchant=merchant, codes=codes)

    known = run_retrying(ask)
    return [code for code in codes if code not in known]


def count_wrong_codes(call: Call) -> None:
    """Count the unknown codes of the call, but for those that were misread by their check symbol.

    Leave an audit entry when that closes the till's codes.
    """
    guesses = [code for code in call.unknown_codes if not is_miswritten(code)]
    counted = [code_guard().count_failure(call.credential) for _ in guesses]
    if any(each.closed for each in counted):
        log.warning("a till's coupon codes are closed", till=str(call.credential.till_id))
        leave_trace(call.credential, "till.coupon_codes_closed", at=call.received_at, reason=CODES_TRIED)
    if any(each.alarmed for each in counted):
        log.error("a merchant's tills try very many wrong codes", merchant=str(call.merchant.id))
        leave_trace(call.credential, "till.coupon_codes_alarm", at=call.received_at, reason=CODES_TRIED)


def are_look_ups_closed(call: Call, identifier: str) -> bool:
    """Return whether the till's look-ups are closed; never for what only a card's QR can hold."""
    return not is_card_token(identifier) and look_up_guard().seconds_closed(call.credential) > 0


def refuse_look_ups(call: Call) -> None:
    """Raise the 429 problem while the till's look-ups are closed."""
    seconds = look_up_guard().seconds_closed(call.credential)
    if seconds:
        raise ProblemError("too_many_attempts", headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)


def refuse_unknown_identifiers(call: Call, identifier: str) -> None:
    """Raise the 429 problem while the till's look-ups are closed; what only a card's QR can hold passes."""
    if not is_card_token(identifier):
        refuse_look_ups(call)


def count_unknown_identifier(credential: TillCredential, *, at: datetime) -> None:
    """Count a look-up that found no one; leave an audit entry when that closes the till's look-ups."""
    counted = look_up_guard().count_failure(credential)
    if counted.closed:
        log.warning("a till's look-ups are closed", till=str(credential.till_id))
        leave_trace(credential, "till.look_ups_closed", at=at, reason="too many unknown members looked up")
    if counted.alarmed:
        log.error("a merchant's tills look up very many unknown members", merchant=str(credential.merchant.id))
        leave_trace(credential, "till.look_ups_alarm", at=at, reason="too many unknown members looked up")


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


def unknown_codes_in(
    coupons: Iterable[tuple[str, str | None]], cards: Iterable[tuple[str, str | None]], typed: Sequence[str]
) -> list[str]:
    """Return the codes that nothing has: of `coupons` (code, reason), and of `cards` (masked code, reason).

    A card is named by its mask alone; `typed` are the codes of cards as they came.
    """
    masks = {mask for mask, reason in cards if reason in UNKNOWN}
    unknown = [code for code, reason in coupons if reason in UNKNOWN]
    return [*unknown, *(code for code in typed if masked_code(normalise_code(code)) in masks)]


def refused_codes(refusal: Refusal, name: str, field: str) -> list[tuple[str, str | None]]:
    """Return the codes that a CouponNotUsable or a GiftCardNotUsable names, each with its reason."""
    return [(str(code[field]), code.get("reason")) for code in refusal.facts.get(name, ())]


def leave_trace_of_closed_searches(call: Call) -> None:
    """After the transaction: an entry in the audit trail when this request closed the till's searches by name."""
    if call.closed_name_searches:
        leave_trace(
            call.credential,
            "till.name_searches_closed",
            at=call.received_at,
            reason="too many members searched by name",
        )


def leave_trace_of_closed_codes(call: Call) -> None:
    """Leave an audit entry, after the transaction, when this request closed the codes of a card page."""
    if call.closed_codes_of is not None:
        leave_trace(
            call.credential,
            "till.member_codes_closed",
            at=call.received_at,
            reason="too many wrong codes of a card page",
        )
