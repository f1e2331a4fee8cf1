"""Frozen values of insights that cross app borders. Amounts in the merchant's smallest currency unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from merchants.facts import JobFacts
from rewards.engine import stored_definition
from rewards.engine.facts import Definition, MemberState
from sales.facts import PastReceipt


class FindingCode(StrEnum):
    """What past baskets say about a draft and the promotions it would run beside."""

    WORST_DISCOUNT = "worst_discount"
    BELOW_COST = "below_cost"
    MORE_BELOW_COST = "more_below_cost"
    ALREADY_BELOW_COST = "already_below_cost"
    NEVER_FIRED = "never_fired"
    DISCOUNT_OF_SALES = "discount_of_sales"
    DISCOUNT_OF_VISITS = "discount_of_visits"


@dataclass(frozen=True, slots=True)
class DiscountLimits:
    """From where discounts eat the profit, in percent: of all sales, of one basket, of one member's visits."""

    of_sales: int = 15
    of_basket: int = 50
    of_visits: int = 70


@dataclass(frozen=True, slots=True)
class BasketFinding:
    """One thing found. `is_warning` False: worth knowing only. `figures` by code:

    worst_discount: reference, day, subtotal_amount, discount_amount, basis_points, limit
    below_cost: sku, name, units, loss_amount (what the promotions added to it), receipts
    more_below_cost, already_below_cost (priced so without any discount): goods, named (sku and name of the first five),
    loss_amount
    never_fired: reason (the most frequent refusal, None without any), times, receipts
    discount_of_sales: basis_points, before_basis_points (without the draft, None where there is none), limit,
    subtotal_amount, discount_amount
    discount_of_visits: members, base (members with visits enough), visits_percent (the highest), limit
    """

    code: FindingCode
    is_warning: bool
    promotion_ids: tuple[str, ...]
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BasketReport:
    """Findings over `receipts` receipts, sold from `oldest_on` to `newest_on`; no receipts, no findings.

    Of a draft these are the receipts of its days among the last `sample`; on `touched` of them it would have changed
    something, and it would have given `added_amount` (discounts and wallet money) and `added_points` more than the
    program gives without it. `products`: what the catalogue calls the goods that are found, by what their codes are
    compared by.
    """

    receipts: int
    oldest_on: date | None
    newest_on: date | None
    findings: tuple[BasketFinding, ...]
    titles: Mapping[str, str]
    products: Mapping[str, str] = field(default_factory=dict)
    sample: int = 0
    touched: int = 0
    added_amount: int = 0
    added_points: int = 0


@dataclass(frozen=True, slots=True)
class PastBasket:
    """A receipt with who bought it and the time on the outlet's wall."""

    receipt: PastReceipt
    member: MemberState | None
    at: datetime


class Base(StrEnum):
    """What a draft is compared with: today's program over the whole period, or what was in force on each day."""

    TODAY = "today"
    HISTORY = "history"


class ChangeKind(StrEnum):
    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between draft and base. `promotion_id` names the rule replaced or removed."""

    kind: ChangeKind
    promotion_id: str | None = None
    definition: Definition | None = None

    def to_json(self) -> dict[str, Any]:
        definition = self.definition.to_json() if self.definition is not None else None
        return {"kind": self.kind.value, "promotion_id": self.promotion_id, "definition": definition}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Change:
        """Read a change as it is stored, or as it is in a file. Raises DefinitionError, KeyError and ValueError."""
        definition = data.get("definition")
        return cls(
            ChangeKind(data["kind"]),
            data.get("promotion_id"),
            stored_definition(definition) if definition is not None else None,
        )


@dataclass(frozen=True, slots=True)
class ScenarioInputs:
    """What is simulated. No outlets means all; `behaviour_percent`: how much more (or less) members would buy."""

    title: str
    base: Base
    changes: tuple[Change, ...]
    first_on: date
    last_on: date
    outlet_ids: tuple[str, ...] = ()
    behaviour_percent: int = 0


SIMULATION: Final = "simulation"
"""The kind of job that replays a scenario."""


@dataclass(frozen=True, slots=True)
class SimulationJob:
    """What a job of this kind is asked for."""

    scenario_id: UUID

    def to_json(self) -> dict[str, str]:
        return {"scenario_id": str(self.scenario_id)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SimulationJob:
        return cls(UUID(data["scenario_id"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFigures:
    """What one side, the base or the draft, gives in a period or a part of it."""

    receipts: int
    subtotal_amount: int
    discount_amount: int
    cashback_amount: int
    points: int
    points_used: int
    points_used_amount: int
    gifts_amount: int
    receipts_reached: int
    covered_amount: int
    goods_cost_amount: int
    members: int
    points_cost_amount: int
    cost_amount: int
    sales_amount: int
    margin_amount: int


@dataclass(frozen=True, slots=True)
class PartFigures:
    """Both sides of one month ("2026-03") or of one segment's code."""

    name: str
    base: SideFigures
    draft: SideFigures


@dataclass(frozen=True, slots=True)
class TierCount:
    """Members who bought in the period, by the tier they end it with."""

    code: str
    name: str
    base: int
    draft: int


@dataclass(frozen=True, slots=True)
class MemberSide:
    """What one side gives one member; `tier` None and rank 0: no tier."""

    points: int
    saved_amount: int
    tier: str | None
    tier_rank: int


@dataclass(frozen=True, slots=True)
class MemberExample:
    """One member before and after; `gain_amount` is what the draft gives beyond the base, in money."""

    member_id: str
    visits: int
    gain_amount: int
    base: MemberSide
    draft: MemberSide


@dataclass(frozen=True, slots=True)
class DeepestDiscount:
    """A receipt of the draft's highest discounts; `day` in ISO form, the discount also in basis points."""

    reference: str
    day: str
    basis_points: int
    discount_amount: int
    subtotal_amount: int


@dataclass(frozen=True, slots=True)
class GoodsBelowCost:
    """Goods that the draft sells below their cost; the base's loss beside its own."""

    sku: str
    units: int
    loss_amount: int
    base_loss_amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationResult:
    """What a replay found, as it is kept. Amounts in the currency's smallest unit.

    `members` bought in the period; `redemption_basis_points` is the share of points expected to be redeemed, from what
    was redeemed and lapsed so far.
    """

    base: SideFigures
    draft: SideFigures
    months: tuple[PartFigures, ...]
    segments: tuple[PartFigures, ...]
    tiers: tuple[TierCount, ...]
    members: int
    examples: tuple[MemberExample, ...]
    worst: tuple[DeepestDiscount, ...]
    below_cost: tuple[GoodsBelowCost, ...]
    redemption_basis_points: int
    points_redeemed: int
    points_lapsed: int
    has_point_value: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SimulationResult:
        """Read what `to_json` wrote."""
        read = dict(data)
        for side in ("base", "draft"):
            read[side] = SideFigures(**data[side])
        for cut in ("months", "segments"):
            read[cut] = tuple(
                PartFigures(part["name"], SideFigures(**part["base"]), SideFigures(**part["draft"]))
                for part in data[cut]
            )
        read["examples"] = tuple(
            MemberExample(**{**one, "base": MemberSide(**one["base"]), "draft": MemberSide(**one["draft"])})
            for one in data["examples"]
        )
        read["tiers"] = tuple(TierCount(**tier) for tier in data["tiers"])
        read["worst"] = tuple(DeepestDiscount(**receipt) for receipt in data["worst"])
        read["below_cost"] = tuple(GoodsBelowCost(**goods) for goods in data["below_cost"])
        return cls(**read)


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """A kept scenario with its job, which counts receipts.

    `result` is what came out, as `insights.rules.results` shapes it; None until the job is done.
    """

    id: UUID
    inputs: ScenarioInputs
    created_at: datetime
    created_by: str
    job: JobFacts
    result: SimulationResult | None


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """A scenario in a list: `cost_change` is draft less base, None until it is done."""

    id: UUID
    title: str
    first_on: date
    last_on: date
    created_at: datetime
    created_by: str
    job: JobFacts
    cost_change_amount: int | None
    changes: Sequence[str] = ()
