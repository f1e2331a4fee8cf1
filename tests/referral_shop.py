"""A shop with a referral program, and pairs of a referrer and a friend who has bought."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from enrolment.operations import settle_due_referrals
from members.facts import MemberFacts
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.referrals.facts import ReferralFacts, ReferralTerms, RewardKind
from rewards.referrals.operations import publish_referral_program
from rewards.referrals.queries import referrals_page
from sales.facts import SaleFacts
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop

TERMS = ReferralTerms(
    minimum_amount=50_000, waiting_days=0, reward_kind=RewardKind.WALLET, reward_amount=20_000, monthly_cap=None
)


@dataclass(frozen=True)
class Brought:
    """A friend whose first sale has been rung up."""

    referrer: MemberFacts
    friend: MemberFacts
    sale: SaleFacts


@dataclass(frozen=True)
class ReferringShop:
    """Methods need the scope, but for `night`, which opens it."""

    shop: SellingShop

    @property
    def today(self) -> date:
        merchant = self.shop.merchant
        return merchant.day_of(NOW)

    def bring(self, referrer: MemberFacts | None = None, *, amount: int = 100_000, **fields: Any) -> Brought:
        sold = {name: fields.pop(name) for name in ("device", "tender", "cashier") if name in fields}
        referrer = referrer or self.shop.join()
        friend = self.shop.join(name="Dewi", referral_code=referrer.referral_code, **fields)
        return Brought(referrer, friend, self.buy(friend, amount=amount, **sold))

    def buy(self, member: MemberFacts, *, amount: int = 100_000, **fields: Any) -> SaleFacts:
        names = {"device": "device_id", "tender": "tender_token"}
        told = {names.get(name, name): value for name, value in fields.items()}
        return self.shop.sell(line(1, amount), member=member, **told)

    def night(self, day: date | None = None, *, limit: int = 200) -> None:
        """Do what the night does for referrals, batch after batch."""
        merchant, day = self.shop.merchant, day or self.today
        after: UUID | None = None
        while True:
            with merchant_scope(merchant.id):
                at = merchant.bounds_of(day)[1]
                after = settle_due_referrals(merchant=merchant, night_of=day, at=at, after=after, limit=limit)
            if after is None:
                return

    def of(self, brought: Brought) -> ReferralFacts:
        found = referrals_page(merchant=self.shop.merchant, referrer_id=brought.referrer.id).referrals
        return next(r for r in found if r.friend_id == brought.friend.id)


def open_referring_shop(**changes: Any) -> ReferringShop:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        publish_referral_program(
            merchant=shop.merchant,
            terms=replace(TERMS, **changes),
            starts_at=NOW - timedelta(hours=1),
            at=NOW - timedelta(hours=1),
            actor=SYSTEM,
        )
    return ReferringShop(shop)
