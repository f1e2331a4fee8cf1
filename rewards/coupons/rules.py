"""Coupons: when a code can be used, and what its state is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from rewards.coupons.facts import BatchFacts, CardTerms, CouponFacts
from rewards.engine.facts import Definition

FULL_AT: Final = 10
"""Stamps that fill a card whose description does not say."""


MOST_COUNTED: Final = 2**63 - 1
"""The highest sum a column holds; what may cost more is as good as without a bound, and above every limit."""


def most_cost(offer: Mapping[str, Any], *, uses: int | None) -> int | None:
    """Return what an offer may cost at most in so many uses, in the smallest unit; None: any amount.

    An amount off costs the amount each time, a percentage at most its cap. Other kinds have no bound that is known
    before. The offer's own limit of uses binds as well.
    """
    usage = offer.get("usage", {})
    counts = [one for one in (uses, usage.get("limit")) if one is not None]
    each = {"amount_off": offer.get("value"), "percent_off": offer.get("cap")}.get(offer["kind"])
    if not counts or not each:
        return None
    return min(min(counts) * int(each), MOST_COUNTED)


def stamp_card_id(merchant_id: UUID, code: str) -> UUID:
    """Return the id that a card has for every member; its title may change, its code does not."""
    return uuid5(merchant_id, f"stamp-card:{code}")


@dataclass(frozen=True, slots=True)
class CouponState:
    """What decides about a coupon; `uses_left` is what is neither committed nor validly reserved.

    `evening`: the earlier day on which the hours of its offer began that run now; None where none do.
    """

    state: str
    member_id: UUID | None
    valid_from: date | None
    valid_until: date | None
    uses_left: int
    used: int
    reserved: int
    max_uses: int
    evening: date | None = None

    def is_over(self, today: date) -> bool:
        """Return whether its last day is past; hours past midnight belong to the day they began on (`When.hours`).

        Its first day is the day it was given out, so that it never asks for an evening that began before.
        """
        day = today if self.evening is None else min(today, self.evening)
        return self.state == "expired" or (self.valid_until is not None and day > self.valid_until)


def coupon_refusal(coupon: CouponState, *, member_id: UUID | None, today: date) -> str | None:
    """Return why this member cannot use the coupon on that day; None when they can. Days include both ends."""
    if coupon.state in {"cancelled", "blocked"}:
        return coupon.state
    if coupon.used >= coupon.max_uses:
        return "usage_limit_reached"
    if coupon.member_id is not None and coupon.member_id != member_id:
        return "member_required" if member_id is None else "wrong_member"
    if coupon.valid_from is not None and today < coupon.valid_from:
        return "not_started"
    if coupon.is_over(today):
        return "expired"
    return "reserved_elsewhere" if coupon.uses_left <= 0 else None


def is_only_used_up(coupon: CouponState, *, member_id: UUID | None, today: date) -> bool:
    """Return whether it is refused only because other sales took its uses, or other quotes hold them."""
    if coupon_refusal(coupon, member_id=member_id, today=today) not in {"usage_limit_reached", "reserved_elsewhere"}:
        return False
    return coupon_refusal(replace(coupon, used=0, uses_left=1), member_id=member_id, today=today) is None


def coupon_status(coupon: CouponState, *, today: date) -> str:
    """Return the word the till API uses: issued, reserved, redeemed, expired, cancelled or blocked."""
    if coupon.state in {"cancelled", "blocked"}:
        return coupon.state
    if coupon.used >= coupon.max_uses:
        return "redeemed"
    if coupon.is_over(today):
        return "expired"
    return "reserved" if coupon.reserved else "issued"


def validity(*, valid_from: date, valid_days: int | None, valid_until: date | None) -> date | None:
    """Return the last day of a coupon given out on `valid_from`: n days with that one, within the batch's own end."""
    ends = [day for day in (valid_until, valid_from + timedelta(days=valid_days - 1) if valid_days else None) if day]
    return min(ends) if ends else None


def giving_refusal(batch: BatchFacts, *, is_running: bool, given_on: date) -> str | None:
    """Return why no coupon of the batch can be given on that day: cancelled, partial, expired or stopped; else None.

    `is_running`: whether its offer is in force. "partial": its codes are still being made.
    """
    if batch.state != "ready":
        return batch.state
    last_day = last_day_given(batch, given_on)
    if last_day is not None and last_day < given_on:
        return "expired"
    return None if is_running else "stopped"


def last_day_given(batch: BatchFacts, given_on: date) -> date | None:
    """Return the last day of a coupon that is given on that day, by the batch and by its offer; None: no end."""
    by_offer = batch.offer.get("when", {}).get("valid_to")
    by_batch = validity(valid_from=given_on, valid_days=batch.valid_days, valid_until=batch.valid_until)
    return min((day for day in (by_batch, date.fromisoformat(by_offer) if by_offer else None) if day), default=None)


def with_days_of(coupon: CouponFacts, offer: Definition | None) -> CouponFacts:
    """Return the coupon with the days on which it and its offer count; as it is where no offer is in force."""
    if offer is None:
        return coupon
    first = [day for day in (coupon.valid_from, offer.when.valid_from) if day is not None]
    last = [day for day in (coupon.valid_until, offer.when.valid_to) if day is not None]
    return replace(coupon, valid_from=max(first, default=None), valid_until=min(last, default=None))


def card_terms(card: Any, *, promotion_id: str, title: str, described: Mapping[str, CardTerms]) -> CardTerms:
    """Return the card's terms; a card that is only named is described by another promotion, or is a plain one."""
    if isinstance(card, Mapping):
        code = str(card.get("code") or promotion_id)
        return CardTerms(code, str(card.get("title") or title), int(card.get("threshold", FULL_AT)), card.get("reward"))
    code = str(card)
    return described.get(code) or CardTerms(code, title, FULL_AT, None)


def cards_described(definitions: Iterable[Definition]) -> dict[str, CardTerms]:
    """Return the terms of the cards that promotions describe whole, by the cards' codes."""
    return {
        terms.code: terms
        for d in definitions
        if d.kind == "stamp" and isinstance(d.source["card"], Mapping)
        for terms in [card_terms(d.source["card"], promotion_id=d.id, title=d.title, described={})]
    }
