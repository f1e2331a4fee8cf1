"""What a household with one wallet can redeem together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ledger.facts import Balance, Unit
from ledger.queries import balances
from members.facts import MemberFacts
from members.queries.households import wallet_mates
from merchants.facts import MerchantFacts


@dataclass(frozen=True)
class SharedWallet:
    """What the member can redeem at most, together with the others of the household: points, and money."""

    points: int
    wallet_amount: int


def shared_wallet(
    *, merchant: MerchantFacts, member: MemberFacts, business_date: date, at: datetime
) -> SharedWallet | None:
    """Return the household's one wallet as the member may use it; None where each has their own, without a statement.

    Who owes points redeems none, neither their own nor others'; who owes gives none.
    """
    mates = wallet_mates(merchant=merchant, member=member)
    if not mates:
        return None

    def available(unit: Unit) -> int:
        owned = balances(
            merchant=merchant, owner_ids=[member.id, *mates], unit=unit, business_date=business_date, at=at
        )
        return 0 if owned[member.id].debt else sum(each.available for each in owned.values())

    return SharedWallet(available(Unit.POINTS), available(Unit.WALLET))


def redeemable_points(
    *, merchant: MerchantFacts, member: MemberFacts, points: Balance, business_date: date, at: datetime
) -> int:
    """Return the points that the member can redeem: of `points`, the own balance, and of the household's wallet."""
    shared = shared_wallet(merchant=merchant, member=member, business_date=business_date, at=at)
    return shared.points if shared is not None else points.available
