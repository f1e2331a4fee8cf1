"""What a cart is given: the situation at the till, gathered once, and the engine's answer to it.

A quote and a sale walk the same functions; a sale locks what it will use up, always in the order member, coupons,
gift cards, points, accounts of wallet money by id, promotion counters by id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from common.business_days import business_date
from common.errors import Refusal
from common.secrets import normalise_code
from ledger.facts import Balance, Unit
from ledger.operations import LockedAccount, lock_account, lock_accounts, open_account
from ledger.queries import balance, balances
from members.facts import MemberFacts
from members.operations import ShownState, lock_member, note_shown_card, require_card_in_force, shown_card_state
from members.queries import find_shown, member
from merchants.facts import MerchantFacts, TillFacts
from rewards.coupons.operations import LockedCoupon, lock_coupons
from rewards.engine import evaluate, is_personal
from rewards.engine.facts import Cart, Definition, Line, MemberState, Outcome
from rewards.gift_cards.operations import lock_gift_cards
from rewards.promotions.operations import PromotionClaim
from rewards.promotions.queries import (
    engine_settings,
    live_promotions,
    points_of_member,
    program_points_cap,
    uses_of_member,
)
from sales.facts import CartDraft
from sales.operations.gift_cards import GiftCardAtTill
from sales.rules import believed_time, cart_fingerprint


class MemberBlocked(Refusal):
    """The member is blocked: nothing may be earned or spent until staff lift it."""

    code = "member_blocked"


NOTHING: Final = Balance()


@dataclass(frozen=True)
class SaleTime:
    """When the sale took place, seen from the merchant and from the outlet; `doubt` about the till's clock."""

    at: datetime
    local_at: datetime
    business_date: date
    doubt: str | None


@dataclass(frozen=True)
class PricingContext:
    """Everything the engine is asked about. `points` and `wallet` are locked accounts when the caller will write.

    `now` is our own clock, which limits go by, and `today` the outlet's business day of it.
    """

    merchant: MerchantFacts
    till: TillFacts
    draft: CartDraft
    sale_time: SaleTime
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
    points_taken: tuple[Mapping[str, int], Mapping[str, int]] = ({}, {})
    """Points under caps that the member got on that day, and in its month."""
    only_earns: bool = False
    """All that the till was shown is a card nobody confirmed; asked only where an offer in force depends on it."""
    gift_cards: Sequence[GiftCardAtTill] = ()
    card_accounts: Mapping[UUID, LockedAccount] = field(default_factory=dict)
    """Locked accounts of gift cards: those shown, and those that the quote named by the sale holds something of."""


def sale_time_of(*, merchant: MerchantFacts, till: TillFacts, draft: CartDraft, received_at: datetime) -> SaleTime:
    believed = believed_time(draft.occurred_at, received_at)
    return SaleTime(
        at=believed.at,
        local_at=believed.at.astimezone(ZoneInfo(till.outlet.timezone)),
        business_date=merchant.day_of(believed.at),
        doubt=believed.doubt,
    )


def member_in(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    draft: CartDraft,
    lock: bool,
    now: datetime,
    blocked_too: bool = False,
) -> MemberFacts | None:
    """The member that the cart names, locked when the caller will write. Raises Missing and MemberBlocked."""
    found: MemberFacts | None = None
    if draft.member_id is not None:
        found = (lock_member if lock else member)(merchant=merchant, member_id=draft.member_id)
    elif draft.identifier is not None:
        shown = find_shown(merchant=merchant, identifier=draft.identifier)
        found = (lock_member if lock else member)(merchant=merchant, member_id=shown.member_id)
        if lock and shown.is_waiting:
            note_shown_card(merchant=merchant, till_id=till.id, shown=replace(shown, member_id=found.id), at=now)
    if found is not None and found.is_blocked and not blocked_too:
        raise MemberBlocked
    return found


def refuse_waiting_card(context: PricingContext) -> None:
    """Refuses a cart that spends points, wallet money or a coupon of the member's own by a card nobody confirmed.

    With the member locked: a card confirmed or ended meanwhile is seen as it is now. No statement for other carts.
    Raises members' CardNotConfirmed and CardNotFound.
    """
    draft, found = context.draft, context.member
    spends = bool(draft.redeem_points or draft.redeem_wallet_amount) or any(c.is_personal for c in context.coupons)
    if found is not None and spends:
        require_card_in_force(
            merchant=context.merchant,
            till_id=context.till.id,
            member_id=found.id,
            identifier=draft.identifier,
            at=context.now,
        )


def load_pricing_context(
    *, merchant: MerchantFacts, till: TillFacts, draft: CartDraft, sale_time: SaleTime, received_at: datetime
) -> PricingContext:
    """The situation as a plain quote sees it: nothing is locked, nothing written."""
    found = member_in(merchant=merchant, till=till, draft=draft, lock=False, now=received_at)
    context = _with_promotions(
        merchant=merchant,
        till=till,
        draft=draft,
        sale_time=sale_time,
        member=found,
        quote_id=None,
        now=received_at,
        lock=False,
    )
    today = merchant.day_of(received_at)
    if draft.gift_card_codes:
        context = replace(context, gift_cards=_look_at_cards(merchant, draft, today=today, at=received_at))
    if found is None:
        return context
    return replace(
        context,
        points_balance=balance(
            merchant=merchant, owner_id=found.id, unit=Unit.POINTS, business_date=today, at=received_at
        ),
        wallet_balance=(
            balance(merchant=merchant, owner_id=found.id, unit=Unit.WALLET, business_date=today, at=received_at)
            if draft.redeem_wallet_amount
            else Balance()
        ),
    )


def _look_at_cards(merchant: MerchantFacts, draft: CartDraft, *, today: date, at: datetime) -> list[GiftCardAtTill]:
    shown = lock_gift_cards(merchant=merchant, codes=draft.gift_card_codes, lock=False)
    known = [card.card_id for card in shown if card.card_id]
    owned = balances(merchant=merchant, owner_ids=known, unit=Unit.WALLET, business_date=today, at=at)
    return [GiftCardAtTill(card, today, read=owned[card.card_id] if card.card_id else NOTHING) for card in shown]


def lock_pricing_context(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    draft: CartDraft,
    sale_time: SaleTime,
    received_at: datetime,
    quote_id: UUID | None = None,
    keep_hold_ids: Sequence[UUID] = (),
    held_coupons: Collection[UUID] = (),
    held_cards: Collection[UUID] = (),
    needs_wallet: bool = False,
) -> PricingContext:
    """The situation with everything locked that a sale or a reserving quote may use up.

    `held_coupons`, `held_cards` and `needs_wallet` say what the quote that the sale names holds something of. With
    such a quote a blocked member is let in: the caller says whether the sale is that quote's.
    """
    found = member_in(
        merchant=merchant, till=till, draft=draft, lock=True, now=received_at, blocked_too=quote_id is not None
    )
    context = _with_promotions(
        merchant=merchant,
        till=till,
        draft=draft,
        sale_time=sale_time,
        member=found,
        quote_id=quote_id,
        now=received_at,
        lock=True,
        held_coupons=held_coupons,
    )
    shown = lock_gift_cards(merchant=merchant, codes=draft.gift_card_codes)
    today = merchant.day_of(received_at)
    if found is not None:
        points = lock_account(
            merchant=merchant,
            owner_id=found.id,
            unit=Unit.POINTS,
            business_date=today,
            at=received_at,
            keep_hold_ids=keep_hold_ids,
            read_lots=bool(draft.redeem_points),
        )
        context = replace(context, points=points, points_balance=points.balance)
    # With gift cards the wallet is locked beside them, by id, also where it may only earn: never one after the other.
    cards = {card.card_id for card in shown if card.card_id} | set(held_cards)
    earning = bool(cards) and any(d.kind == "cashback" for d in context.promotions)
    context = _lock_wallets(
        context,
        cards,
        wallet=bool(draft.redeem_wallet_amount) or needs_wallet or earning,
        at=received_at,
        keep_hold_ids=keep_hold_ids,
    )
    accounts = context.card_accounts
    return replace(
        context,
        gift_cards=[
            GiftCardAtTill(card, today, account=accounts.get(card.card_id) if card.card_id else None) for card in shown
        ],
    )


def with_wallet(context: PricingContext, *, received_at: datetime) -> PricingContext:
    """The situation with the member's wallet locked too, where the cart turned out to earn cashback."""
    if context.wallet is not None:
        return context
    return _lock_wallets(context, context.card_accounts, wallet=True, at=received_at)


def _lock_wallets(
    context: PricingContext,
    cards: Collection[UUID],
    *,
    wallet: bool,
    at: datetime,
    keep_hold_ids: Sequence[UUID] = (),
) -> PricingContext:
    """Locks accounts of wallet money in the order of their ids; the member's is opened where they had none."""
    merchant, found = context.merchant, context.member
    owners = set(cards) - set(context.card_accounts)
    if wallet and found is not None:
        owners.add(found.id)
        if context.points is None or not context.points.has_wallet:
            open_account(merchant=merchant, owner_id=found.id, unit=Unit.WALLET)
    if not owners:
        return context
    today = merchant.day_of(at)
    locked = lock_accounts(
        merchant=merchant,
        owner_ids=owners,
        unit=Unit.WALLET,
        business_date=today,
        at=at,
        keep_hold_ids=keep_hold_ids,
        read_lots=bool(cards) or bool(context.draft.redeem_wallet_amount),
    )
    own = locked.pop(found.id, None) if found is not None else None
    return replace(
        context,
        wallet=own or context.wallet,
        wallet_balance=own.balance if own else context.wallet_balance,
        card_accounts={**context.card_accounts, **locked},
    )


def _with_promotions(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    draft: CartDraft,
    sale_time: SaleTime,
    member: MemberFacts | None,
    quote_id: UUID | None,
    now: datetime,
    lock: bool,
    held_coupons: Collection[UUID] = (),
) -> PricingContext:
    coupons = lock_coupons(
        merchant=merchant,
        codes=draft.coupon_codes,
        member_id=member.id if member else None,
        quote_id=quote_id,
        at=now,
        today=sale_time.business_date,
        local_at=sale_time.local_at,
        lock=lock,
        also_ids=held_coupons,
    )
    context = PricingContext(
        merchant=merchant,
        till=till,
        draft=draft,
        sale_time=sale_time,
        member=member,
        coupons=coupons,
        promotions=(),
        uses={},
        now=now,
        today=business_date(now, till.outlet.timezone, merchant.day_starts_at),
    )
    return _with_card(with_limits(context))


def _with_card(context: PricingContext) -> PricingContext:
    """Whether the cart may have, or be told, what is for this member: not by a card that waits, or was just ended."""
    found = context.member
    if found is None or not any(map(is_personal, context.promotions)):
        return context
    state = shown_card_state(
        merchant=context.merchant,
        till_id=context.till.id,
        member_id=found.id,
        identifier=context.draft.identifier,
        at=context.now,
    )
    return replace(context, only_earns=state is not ShownState.IN_FORCE)


def with_limits(context: PricingContext) -> PricingContext:
    """The promotions in force with what is left of their limits at this moment, read (again)."""
    merchant, member = context.merchant, context.member
    promotions = live_promotions(
        merchant=merchant,
        at=context.sale_time.at,
        with_coupons=[c.promotion_id for c in context.coupons if c.promotion_id],
        now=context.now,
        day=context.today,
    )
    limited = [d.id for d in promotions if d.usage.limits_members]
    uses: dict[str, tuple[int, int]] = {}
    if member is not None and limited:
        uses = uses_of_member(
            merchant=merchant, member_id=member.id, promotion_ids=limited, now=context.now, day=context.today
        )
    taken: tuple[Mapping[str, int], Mapping[str, int]] = ({}, {})
    caps = [program_points_cap(merchant), *(d.points_cap for d in promotions)]
    if member is not None and any(cap is not None and cap.counts_members for cap in caps):
        taken = points_of_member(merchant=merchant, member_id=member.id, now=context.now, day=context.today)
    return replace(context, promotions=promotions, uses=uses, points_taken=taken)


def hidden_promotions(context: PricingContext) -> frozenset[str]:
    """Promotions that ask who the member is, where only a card that nobody confirmed was shown."""
    return frozenset(d.id for d in context.promotions if context.only_earns and is_personal(d))


def claim_of(context: PricingContext, outcome: Outcome) -> PromotionClaim:
    """What the outcome takes from the limits of its promotions."""
    return PromotionClaim(
        uses=outcome.uses,
        definitions=context.promotions,
        member_id=context.member.id if context.member else None,
        day=context.today,
        at=context.now,
        earned=_points_by_promotion(outcome),
        program_cap=program_points_cap(context.merchant),
    )


def _points_by_promotion(outcome: Outcome) -> dict[str, int]:
    points: dict[str, int] = {}
    for item in outcome.earned:
        points[item.promotion_id] = points.get(item.promotion_id, 0) + item.points
    return points


def price(context: PricingContext) -> Outcome:
    """Asks the engine; changes nothing."""
    draft = context.draft
    return evaluate(
        cart_of(draft, outlet_id=context.till.outlet.id),
        member_state(context),
        context.promotions,
        [coupon.claim for coupon in context.coupons],
        context.sale_time.local_at,
        engine_settings(context.merchant, context.promotions),
        redeem_points=draft.redeem_points,
        redeem_wallet_amount=draft.redeem_wallet_amount,
        gift_card_amount=sum(card.available for card in context.gift_cards),
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


def member_state(context: PricingContext) -> MemberState | None:
    """The member as the engine sees them; what this quote itself holds counts as available."""
    member = context.member
    if member is None:
        return None
    return MemberState(
        id=str(member.id),
        tier=member.tier.code if member.tier else None,
        segments=frozenset({member.segment} if member.segment else ()),
        birth_date=member.birth_date,
        points_available=context.points_balance.available + context.held_points,
        wallet_available=context.wallet_balance.available + context.held_wallet,
        purchase_count=member.purchase_count,
        referred=member.referred,
        uses={promotion_id: uses for promotion_id, (uses, _) in context.uses.items()},
        uses_today={promotion_id: today for promotion_id, (_, today) in context.uses.items()},
        points_today=context.points_taken[0],
        points_this_month=context.points_taken[1],
        only_earns=context.only_earns,
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
    if draft.gift_card_codes:
        content["gift_cards"] = [normalise_code(code) for code in draft.gift_card_codes]
    return cart_fingerprint(content)
