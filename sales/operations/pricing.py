"""What a cart is given: the situation at the till, gathered once, and the engine's answer to it.

A quote and a sale walk the same functions; a sale locks what it will use up, always in the order member, coupons,
accounts (promotion counters are guarded by their own UPDATE).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from common.errors import Refusal
from ledger.facts import Balance, Unit
from ledger.operations import LockedAccount, lock_account, open_account
from ledger.queries import balance
from members.facts import MemberFacts
from members.operations import lock_member
from members.queries import find_member, member
from merchants.facts import MerchantFacts, TillFacts
from merchants.rules import business_date
from rewards.engine import evaluate
from rewards.facts import Cart, Definition, Line, MemberState, Outcome
from rewards.operations import LockedCoupon, PromotionClaim, lock_coupons
from rewards.queries import engine_settings, live_promotions, uses_of_member
from sales.facts import CartDraft
from sales.rules import believed_time, cart_fingerprint


class MemberBlocked(Refusal):
    """The member is blocked: nothing may be earned or spent until staff lift it."""

    code = "member_blocked"


NOTHING: Final = Balance()


@dataclass(frozen=True)
class Moment:
    """When the sale took place, seen from the merchant and from the outlet; `doubt` about the till's clock."""

    at: datetime
    local_at: datetime
    business_date: date
    doubt: str | None


@dataclass(frozen=True)
class Situation:
    """Everything the engine is asked about. `points` and `wallet` are locked accounts when the caller will write.

    `now` is our own clock, which limits go by, and `today` the outlet's business day of it.
    """

    merchant: MerchantFacts
    till: TillFacts
    draft: CartDraft
    moment: Moment
    member: MemberFacts | None
    coupons: Sequence[LockedCoupon]
    promotions: Sequence[Definition]
    uses: dict[str, tuple[int, int]]
    now: datetime
    today: date
    points: LockedAccount | None = None
    wallet: LockedAccount | None = None
    points_balance: Balance = NOTHING
    wallet_balance: Balance = NOTHING
    held_points: int = 0
    held_wallet: int = 0


def moment_of(*, merchant: MerchantFacts, till: TillFacts, draft: CartDraft, received_at: datetime) -> Moment:
    believed = believed_time(draft.occurred_at, received_at)
    return Moment(
        at=believed.at,
        local_at=believed.at.astimezone(ZoneInfo(till.outlet.timezone)),
        business_date=business_date(believed.at, merchant.timezone, merchant.day_starts_at),
        doubt=believed.doubt,
    )


def member_in(*, merchant: MerchantFacts, draft: CartDraft, lock: bool) -> MemberFacts | None:
    """The member that the cart names, locked when the caller will write. Raises Missing and MemberBlocked."""
    found: MemberFacts | None = None
    if draft.member_id is not None:
        found = (lock_member if lock else member)(merchant=merchant, member_id=draft.member_id)
    elif draft.identifier is not None:
        found = find_member(merchant=merchant, identifier=draft.identifier)
        if lock:
            found = lock_member(merchant=merchant, member_id=found.id)
    if found is not None and found.is_blocked:
        raise MemberBlocked
    return found


def look_around(
    *, merchant: MerchantFacts, till: TillFacts, draft: CartDraft, moment: Moment, received_at: datetime
) -> Situation:
    """The situation as a plain quote sees it: nothing is locked, nothing written."""
    found = member_in(merchant=merchant, draft=draft, lock=False)
    situation = _with_promotions(
        merchant=merchant,
        till=till,
        draft=draft,
        moment=moment,
        member=found,
        quote_id=None,
        now=received_at,
        lock=False,
    )
    if found is None:
        return situation
    today = business_date(received_at, merchant.timezone, merchant.day_starts_at)
    return replace(
        situation,
        points_balance=balance(
            merchant=merchant, owner_id=found.id, unit=Unit.POINTS, business_date=today, at=received_at
        ),
        wallet_balance=(
            balance(merchant=merchant, owner_id=found.id, unit=Unit.WALLET, business_date=today, at=received_at)
            if draft.redeem_wallet_amount
            else Balance()
        ),
    )


def lock_situation(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    draft: CartDraft,
    moment: Moment,
    received_at: datetime,
    quote_id: UUID | None = None,
    keep_hold_ids: Sequence[UUID] = (),
) -> Situation:
    """The situation with everything locked that a sale or a reserving quote may use up."""
    found = member_in(merchant=merchant, draft=draft, lock=True)
    situation = _with_promotions(
        merchant=merchant, till=till, draft=draft, moment=moment, member=found, quote_id=quote_id, now=received_at,
        lock=True,
    )  # fmt: skip
    if found is None:
        return situation
    return lock_balances(situation, received_at=received_at, keep_hold_ids=keep_hold_ids)


def lock_balances(situation: Situation, *, received_at: datetime, keep_hold_ids: Sequence[UUID] = ()) -> Situation:
    """Locks the member's points, and their wallet where the cart pays with it; expiry follows our day, not the till's.

    Where the cart only earns cashback, the wallet is locked when that is known (`with_wallet`).
    """
    merchant, found = situation.merchant, situation.member
    assert found is not None
    today = business_date(received_at, merchant.timezone, merchant.day_starts_at)
    points = lock_account(
        merchant=merchant, owner_id=found.id, unit=Unit.POINTS, business_date=today, at=received_at,
        keep_hold_ids=keep_hold_ids,
    )  # fmt: skip
    locked = replace(situation, points=points, points_balance=points.balance)
    if not situation.draft.redeem_wallet_amount:
        return locked
    return with_wallet(locked, received_at=received_at, keep_hold_ids=keep_hold_ids)


def with_wallet(situation: Situation, *, received_at: datetime, keep_hold_ids: Sequence[UUID] = ()) -> Situation:
    """The situation with the member's wallet locked too, opened where they had none; as it is without a member."""
    merchant, found = situation.merchant, situation.member
    if found is None or situation.wallet is not None:
        return situation
    if situation.points is None or not situation.points.has_wallet:
        open_account(merchant=merchant, owner_id=found.id, unit=Unit.WALLET)
    wallet = lock_account(
        merchant=merchant, owner_id=found.id, unit=Unit.WALLET,
        business_date=business_date(received_at, merchant.timezone, merchant.day_starts_at), at=received_at,
        keep_hold_ids=keep_hold_ids,
    )  # fmt: skip
    return replace(situation, wallet=wallet, wallet_balance=wallet.balance)


def _with_promotions(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    draft: CartDraft,
    moment: Moment,
    member: MemberFacts | None,
    quote_id: UUID | None,
    now: datetime,
    lock: bool,
) -> Situation:
    coupons = lock_coupons(
        merchant=merchant,
        codes=draft.coupon_codes,
        member_id=member.id if member else None,
        quote_id=quote_id,
        at=now,
        today=moment.business_date,
        lock=lock,
    )
    situation = Situation(
        merchant=merchant,
        till=till,
        draft=draft,
        moment=moment,
        member=member,
        coupons=coupons,
        promotions=(),
        uses={},
        now=now,
        today=business_date(now, till.outlet.timezone, merchant.day_starts_at),
    )
    return with_limits(situation)


def with_limits(situation: Situation) -> Situation:
    """The promotions in force with what is left of their limits at this moment, read (again)."""
    merchant, member = situation.merchant, situation.member
    promotions = live_promotions(
        merchant=merchant,
        at=situation.moment.at,
        with_coupons=[c.promotion_id for c in situation.coupons if c.promotion_id],
        now=situation.now,
        day=situation.today,
    )
    limited = [d.id for d in promotions if d.usage.limits_members]
    uses: dict[str, tuple[int, int]] = {}
    if member is not None and limited:
        uses = uses_of_member(
            merchant=merchant, member_id=member.id, promotion_ids=limited, now=situation.now, day=situation.today
        )
    return replace(situation, promotions=promotions, uses=uses)


def claim_of(situation: Situation, outcome: Outcome) -> PromotionClaim:
    """What the outcome takes from the limits of its promotions."""
    return PromotionClaim(
        uses=outcome.uses,
        definitions=situation.promotions,
        member_id=situation.member.id if situation.member else None,
        day=situation.today,
        at=situation.now,
    )


def price(situation: Situation) -> Outcome:
    """Asks the engine; changes nothing."""
    draft = situation.draft
    return evaluate(
        cart_of(draft, outlet_id=situation.till.outlet.id),
        member_state(situation),
        situation.promotions,
        [coupon.claim for coupon in situation.coupons],
        situation.moment.local_at,
        engine_settings(situation.merchant, situation.promotions),
        redeem_points=draft.redeem_points,
        redeem_wallet_amount=draft.redeem_wallet_amount,
    )


def cart_of(draft: CartDraft, *, outlet_id: UUID) -> Cart:
    return Cart(
        lines=tuple(
            Line(
                line_id=line.line_id,
                sku=line.sku,
                name=line.name,
                quantity=line.quantity,
                unit_amount=line.unit_amount,
                category=line.category,
                cost_amount=line.cost_amount,
                measure=line.measure,
            )
            for line in draft.lines
        ),
        outlet_id=str(outlet_id),
    )


def member_state(situation: Situation) -> MemberState | None:
    """The member as the engine sees them; what this quote itself holds counts as available."""
    member = situation.member
    if member is None:
        return None
    return MemberState(
        id=str(member.id),
        tier=member.tier.code if member.tier else None,
        segments=frozenset({member.segment} if member.segment else ()),
        birth_date=member.birth_date,
        points_available=situation.points_balance.available + situation.held_points,
        wallet_available=situation.wallet_balance.available + situation.held_wallet,
        purchase_count=member.purchase_count,
        referred=member.referred,
        uses={promotion_id: uses for promotion_id, (uses, _) in situation.uses.items()},
        uses_today={promotion_id: today for promotion_id, (_, today) in situation.uses.items()},
    )


def content_of(draft: CartDraft, *, member_id: UUID | None) -> bytes:
    """The fingerprint of what is asked: same member, goods, codes and payments give the same bytes."""
    content: dict[str, Any] = {
        "member": str(member_id) if member_id else None,
        "lines": [
            [line.line_id, line.sku, line.category, line.quantity, line.unit_amount, line.measure]
            for line in draft.lines
        ],
        "codes": list(draft.coupon_codes),
        "points": draft.redeem_points,
        "wallet": draft.redeem_wallet_amount,
    }
    return cart_fingerprint(content)
