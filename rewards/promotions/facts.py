"""Partners and what they pay, as others see them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """What a partner pays of a reward's cost: hundredths of a percent, or an amount per piece; exactly one is set."""

    partner_id: UUID
    basis_points: int | None = None
    unit_amount: int | None = None


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    id: UUID
    name: str
    note: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class FundedOffer:
    """A promotion or reward that a partner pays a part of, now."""

    kind: str
    id: UUID
    title: str
    basis_points: int | None
    unit_amount: int | None


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """One offer of one partner in a period: what it cost, what the partner owes, and what returns took off.

    owed = share - returned share; `base_amount` is the discount given, or the rewards' cost, before returns.
    """

    partner_id: UUID
    partner: str
    kind: str
    title: str
    uses: int
    base_amount: int
    share_amount: int
    returned_base_amount: int
    returned_share_amount: int

    @property
    def owed_amount(self) -> int:
        return self.share_amount - self.returned_share_amount
