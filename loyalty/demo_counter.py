"""The demo shop's last weeks at the till: every visit rung up by the operations that a till's request ends in.

What a customer does beside buying (shows a coupon, pays with points, takes a reward, brings something back) is drawn
from the receipt's number, so that the same day gives the same shop. A day that was cut short is played again: known
receipts answer what they became, and what follows from a receipt was done in its transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Final
from uuid import UUID

from common.errors import DomainError
from enrolment.operations import enrol_member, enrol_members
from ledger.facts import Unit
from ledger.queries import balances
from loyalty.demo_offers import FLYERS, GIFT_CARDS, SHARED_CODE
from members.facts import EnrolDraft, MemberSource
from members.operations import MemberExists
from members.queries import member
from merchants.facts import SYSTEM, MerchantFacts, OutletFacts, TillFacts
from merchants.queries import signed_up_at, till_list
from merchants.tenancy import merchant_scope, refusable
from onboarding.demo.customers import BRANCHES, SEED, Customer
from onboarding.demo.goods import BY_SKU
from onboarding.demo.visits import Visit
from rewards.catalogue.operations import hand_over, redeem_reward
from rewards.catalogue.queries import coupon_batches, reward_list
from rewards.coupons.queries import codes_of_batch, coupons_of_member
from rewards.gift_cards.facts import ActivationDraft, TopUpDraft
from rewards.gift_cards.operations import activate_gift_card, top_up
from rewards.gift_cards.queries import gift_card_batches, gift_card_codes
from sales.facts import LineDraft, RecordedSale, RefundDraft, RefundLineDraft, SaleDraft
from sales.operations import record_sale, refund_sale

CASHIERS: Final = (("Neneng", "Cecep"), ("Kadek", "Putu"), ("Nona", "Yopi"))
"""By branch."""
COUPON_FROM: Final = 50_000
"""Receipts from which someone thinks of a coupon: what the shop's coupons ask for."""
FLYER_FROM: Final = 60_000
SHOWS_COUPON, SHOWS_FLYER, SHOWS_SHARED_CODE = 0.7, 0.05, 0.5
PAYS_WITH_POINTS, PAYS_FROM_WALLET, TAKES_REWARD = 0.1, 0.3, 0.12
TOPS_UP, BUYS_GIFT_CARD, BRINGS_BACK = 0.012, 0.02, 0.006
LEAST_POINTS: Final = 20
MOST_POINTS: Final = 150
TOP_UP_AMOUNT: Final = 100_000
WHY_BACK: Final = ("Kemasan rusak", "Salah pesanan", "Tidak sesuai selera")
FETCHED_AFTER: Final = timedelta(hours=50)
MOST_READ: Final = 1_000


@dataclass(frozen=True)
class _Extras:
    """What the customer shows and pays with beside money."""

    coupon_codes: tuple[str, ...] = ()
    redeem_points: int = 0
    redeem_wallet_amount: int = 0
    gift_card_codes: tuple[str, ...] = ()


@dataclass
class _Purse:
    """What a member can spend, as the last receipt said."""

    points: int = 0
    wallet: int = 0


class DemoCounter:
    """All tills of the demo shop. `customers` are those who may come; who is not known joins at the first visit."""

    def __init__(self, *, merchant: MerchantFacts, customers: Sequence[Customer], known: Sequence[Customer]) -> None:
        self.merchant = merchant
        self.customers = {customer.code: customer for customer in customers}
        self._tills = _list_tills(merchant)
        with merchant_scope(merchant.id):
            self._members = _known_members(merchant, known)
            self._flyers, self._cards = _unused_codes(merchant)
            self._rewards = {reward.title: reward for reward in reward_list(merchant=merchant)}
        self._purses: dict[UUID, _Purse] = {}
        self._sold_cards: list[str] = []
        self._parcels: list[tuple[UUID, Visit]] = []

    @property
    def customers_by_member(self) -> dict[UUID, Customer]:
        return {member_id: self.customers[code] for code, member_id in self._members.items()}

    def open_day(self, day: date, visits: Sequence[Visit]) -> None:
        """Read what today's customers have: cashback matures and points lapse in the night."""
        owners = {self._members[v.customer.code] for v in visits if v.customer and v.customer.code in self._members}
        with merchant_scope(self.merchant.id):
            points = balances(merchant=self.merchant, owner_ids=owners, business_date=day)
            wallets = balances(merchant=self.merchant, owner_ids=owners, unit=Unit.WALLET, business_date=day)
        self._purses = {owner: _Purse(points[owner].available, wallets[owner].available) for owner in owners}

    def serve(self, visit: Visit, *, coupon: str | None = None) -> RecordedSale:
        """Ring the visit up. `coupon` is a code that the customer came for."""
        rng = Random(f"{SEED}: till {visit.reference}")  # noqa: S311 - a sample, no secret
        member_id, is_new = self._member_of(visit)
        extras = self._choose_extras(visit, rng, member_id, is_new=is_new)
        if coupon is not None:
            extras = replace(extras, coupon_codes=(coupon,))
        try:
            return self._ring_up(visit, rng, member_id, extras)
        except DomainError:  # what was shown cannot be used after all: the customer pays the ordinary way
            return self._ring_up(visit, rng, member_id, _Extras())

    # --- who it is ---

    def _member_of(self, visit: Visit) -> tuple[UUID | None, bool]:
        """Return (member, joined just now); (None, False) for a visit without a customer."""
        customer = visit.customer
        if customer is None:
            return None, False
        known = self._members.get(customer.code)
        if known is not None:
            return known, False
        member_id = self._members[customer.code] = self._enrol_customer(visit, customer)
        return member_id, True

    def _enrol_customer(self, visit: Visit, customer: Customer) -> UUID:
        friend = self._members.get(f"ML{customer.friend_of:05d}") if customer.friend_of else None
        till = self._tills[visit.branch]
        with merchant_scope(self.merchant.id):
            draft = EnrolDraft(
                name=customer.name,
                phone=customer.phone or None,
                email=customer.email or None,
                birth_date=customer.birth_date,
                promo_consent=customer.consent,
                source=MemberSource.TILL,
                outlet_id=till.outlet.id,
                external_ref=customer.code,
                referral_code=member(merchant=self.merchant, member_id=friend).referral_code if friend else None,
            )
            try:
                with refusable():
                    return enrol_member(merchant=self.merchant, draft=draft, at=visit.at - timedelta(minutes=2)).id
            except MemberExists as known:
                found: UUID = known.facts["member_id"]
                return found

    # --- what they show ---

    def _choose_extras(self, visit: Visit, rng: Random, member_id: UUID | None, *, is_new: bool) -> _Extras:
        if member_id is None:
            return self._extras_of_stranger(visit, rng)
        purse = self._purses.get(member_id, _Purse())
        codes = self._coupon_codes(visit, rng, member_id, is_new=is_new)
        points = wallet = 0
        if purse.points >= LEAST_POINTS and rng.random() < PAYS_WITH_POINTS:
            points = min(purse.points, MOST_POINTS)
        elif purse.wallet >= 10_000 and rng.random() < PAYS_FROM_WALLET:
            wallet = min(purse.wallet, visit.amount // 2) // 1_000 * 1_000
        return _Extras(coupon_codes=codes, redeem_points=points, redeem_wallet_amount=wallet)

    def _coupon_codes(self, visit: Visit, rng: Random, member_id: UUID, *, is_new: bool) -> tuple[str, ...]:
        if visit.amount < COUPON_FROM:
            return ()
        if is_new:
            return (SHARED_CODE,) if rng.random() < SHOWS_SHARED_CODE else ()
        today = self.merchant.day_of(visit.at)
        with merchant_scope(self.merchant.id):
            owned = coupons_of_member(merchant=self.merchant, member_id=member_id, at=visit.at, today=today)
        usable = [coupon.code for coupon in owned if coupon.status == "issued" and coupon.uses_left]
        return (usable[0],) if usable and rng.random() < SHOWS_COUPON else ()

    def _extras_of_stranger(self, visit: Visit, rng: Random) -> _Extras:
        draw = rng.random()
        if self._flyers and visit.amount >= FLYER_FROM and draw < SHOWS_FLYER:
            return _Extras(coupon_codes=(self._flyers.pop(),))
        if self._sold_cards and draw > 1 - BUYS_GIFT_CARD:
            return _Extras(gift_card_codes=(self._sold_cards[0],))
        return _Extras()

    # --- the sale and what follows ---

    def _ring_up(self, visit: Visit, rng: Random, member_id: UUID | None, extras: _Extras) -> RecordedSale:
        """Record the sale and what is done at the counter right after it, in one transaction."""
        till = self._tills[visit.branch]
        draft = SaleDraft(
            reference=visit.reference,
            request_fingerprint=_hash_content(visit.reference),
            member_id=member_id,
            lines=_draft_lines(visit),
            cashier=CASHIERS[visit.branch][visit.at.hour >= 14],
            coupon_codes=extras.coupon_codes,
            redeem_points=extras.redeem_points,
            redeem_wallet_amount=extras.redeem_wallet_amount,
            gift_card_codes=extras.gift_card_codes,
        )
        with merchant_scope(self.merchant.id):
            recorded = record_sale(merchant=self.merchant, till=till, draft=draft, received_at=visit.at)
            if recorded.created:
                self._bring_back(visit, rng, recorded)
                if member_id is None:
                    self._sell_gift_card(visit, rng)
                else:
                    self._top_up(visit, rng, member_id)
                    self._take_reward(visit, rng, member_id)
        sale = recorded.sale
        if member_id is not None and sale.points is not None:
            wallet = sale.wallet.available if sale.wallet else self._purses.get(member_id, _Purse()).wallet
            self._purses[member_id] = _Purse(sale.points.available, wallet)
        return recorded

    def _bring_back(self, visit: Visit, rng: Random, recorded: RecordedSale) -> None:
        if rng.random() >= BRINGS_BACK:
            return
        reference = f"R-{visit.reference}"
        draft = RefundDraft(
            refund_reference=reference,
            request_fingerprint=_hash_content(reference),
            lines=(RefundLineDraft(recorded.sale.lines[0].line_id, 1),),
            reason=rng.choice(WHY_BACK),
        )
        refund_sale(
            merchant=self.merchant,
            till=self._tills[visit.branch],
            reference=visit.reference,
            draft=draft,
            received_at=visit.at + timedelta(minutes=25),
        )

    def _sell_gift_card(self, visit: Visit, rng: Random) -> None:
        if not self._cards or rng.random() >= BUYS_GIFT_CARD:
            return
        amount, code = self._cards.pop()
        reference = f"G-{visit.reference}"
        draft = ActivationDraft(
            amount=amount, reference=reference, request_fingerprint=_hash_content(reference), code=code
        )
        activate_gift_card(
            merchant=self.merchant,
            till_id=self._tills[visit.branch].id,
            draft=draft,
            at=visit.at,
            business_date=self.merchant.day_of(visit.at),
        )
        self._sold_cards.append(code)

    def _top_up(self, visit: Visit, rng: Random, member_id: UUID) -> None:
        if rng.random() >= TOPS_UP:
            return
        reference = f"T-{visit.reference}"
        draft = TopUpDraft(member_id, TOP_UP_AMOUNT, reference, _hash_content(reference))
        top_up(
            merchant=self.merchant,
            till_id=self._tills[visit.branch].id,
            draft=draft,
            at=visit.at,
            business_date=self.merchant.day_of(visit.at),
        )

    def _take_reward(self, visit: Visit, rng: Random, member_id: UUID) -> None:
        """Take the dearest reward that the points are enough for; one that is not open to this member is left alone."""
        points = self._purses.get(member_id, _Purse()).points
        affordable = sorted((r for r in self._rewards.values() if r.points <= points), key=lambda reward: reward.points)
        if not affordable or rng.random() >= TAKES_REWARD:
            return
        till = self._tills[visit.branch]
        reward = affordable[-1] if rng.random() < 0.5 else affordable[0]
        try:
            with refusable():
                taken = redeem_reward(
                    merchant=self.merchant,
                    till_id=till.id,
                    outlet_id=till.outlet.id,
                    member_id=member_id,
                    reward_id=reward.id,
                    quantity=1,
                    hold=False,
                    at=visit.at,
                    business_date=self.merchant.day_of(visit.at),
                )
        except DomainError:
            return
        if taken.fulfilment is not None:
            self._parcels.append((taken.id, visit))

    def hand_over_parcels(self, visit: Visit) -> None:
        """Hand over gifts that have waited for two days, at the time of this visit."""
        for redemption_id, taken in self._parcels:
            if visit.at - taken.at > FETCHED_AFTER:
                with merchant_scope(self.merchant.id):
                    hand_over(
                        merchant=self.merchant,
                        redemption_id=redemption_id,
                        at=visit.at,
                        actor=SYSTEM,
                        till_id=self._tills[taken.branch].id,
                    )
        self._parcels = [parcel for parcel in self._parcels if visit.at - parcel[1].at <= FETCHED_AFTER]


def _list_tills(merchant: MerchantFacts) -> list[TillFacts]:
    """Return the till of each branch, in the order of the branches."""
    with merchant_scope(merchant.id):
        rows = [till for till, _ in till_list(merchant=merchant) if till.kind == "pos"]
    by_outlet = {row.outlet.name: row for row in rows}
    return [
        TillFacts(
            id=by_outlet[branch.name].id,
            name=by_outlet[branch.name].name,
            outlet=OutletFacts(by_outlet[branch.name].outlet_id, branch.name, branch.timezone),
            merchant=merchant,
            scopes=frozenset(),
        )
        for branch in BRANCHES
    ]


def _known_members(merchant: MerchantFacts, customers: Sequence[Customer]) -> dict[str, UUID]:
    """Return customer number -> member, of those who came with the members file: imports find whom they made."""
    drafts = [EnrolDraft(source=MemberSource.IMPORT, external_ref=customer.code) for customer in customers]
    at = signed_up_at(merchant=merchant)
    results = enrol_members(merchant=merchant, drafts=drafts, at=at, with_bonus=False)
    return {
        customer.code: result.member_id
        for customer, result in zip(customers, results, strict=True)
        if result.member_id is not None
    }


def _unused_codes(merchant: MerchantFacts) -> tuple[list[str], list[tuple[int, str]]]:
    """Return codes on flyers, and (amount, code) of printed gift cards not sold yet; those to be taken first last."""
    batch_id = next(batch_id for batch_id, title in coupon_batches(merchant=merchant) if title == FLYERS)
    codes = codes_of_batch(merchant=merchant, batch_id=batch_id, after=None, limit=MOST_READ, unused_only=True)
    cards = next(batch for batch in gift_card_batches(merchant=merchant) if batch.title == GIFT_CARDS)
    at = signed_up_at(merchant=merchant)
    printed = gift_card_codes(merchant=merchant, batch_id=cards.id, at=at, today=at.date())
    flyers = [code for _, code, _ in reversed(codes)]
    return flyers, [(cards.amount, card.code) for card in reversed(printed) if card.code and card.status == "inactive"]


def _draft_lines(visit: Visit) -> tuple[LineDraft, ...]:
    return tuple(
        LineDraft(
            line_id=str(number),
            sku=sku,
            name=BY_SKU[sku].name,
            quantity=quantity,
            unit_amount=BY_SKU[sku].price,
            category=BY_SKU[sku].category,
        )
        for number, (sku, quantity) in enumerate(visit.lines, start=1)
    )


def _hash_content(reference: str) -> bytes:
    return hashlib.sha256(reference.encode()).digest()
