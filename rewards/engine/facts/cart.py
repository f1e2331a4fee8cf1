"""What the customer brings to the till: goods, themselves, codes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from rewards.engine.facts.bill import AS_PRICED, Bill, LineBases
from rewards.engine.facts.measure import Measure


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the cart. Prices and costs are per unit, in the currency's smallest unit.

    `sku` is empty for goods without a code: they are known by their category and name. `measure` is that of one unit.
    `tax_amount` and `service_amount` are the line's, as the till sent them; None: it sent them for the bill alone.
    `bases`: what of the line counts for what.
    """

    line_id: str
    sku: str
    name: str
    quantity: int
    unit_amount: int
    category: str | None = None
    cost_amount: int | None = None
    measure: Measure | None = None
    tax_amount: int | None = None
    service_amount: int | None = None
    bases: LineBases = AS_PRICED

    @property
    def goods(self) -> str:
        """Return what filters know the goods by: their code, or the name of goods that have none."""
        return self.sku or self.name

    @property
    def subtotal_amount(self) -> int:
        return self.quantity * self.unit_amount


@dataclass(frozen=True, slots=True)
class Cart:
    """Lines in the order they were scanned; line ids are unique within the cart.

    `bill`: tax, service charge, tip and rounding, None where the till sent none.
    """

    lines: tuple[Line, ...]
    outlet_id: str | None = None
    bill: Bill | None = None


@dataclass(frozen=True, slots=True)
class MemberState:
    """A member as the engine sees them at the moment of the sale.

    `segments` holds the codes of segments and personas alike; `uses` counts earlier uses by promotion id, `uses_today`
    those of this business day; `points_today` and `points_this_month` what sales gave under a cap, by promotion id, and
    all of them together under "program";
    `points_available` and `wallet_available` are what may be spent now (holds taken off, 0 while in debt).
    `only_earns`: all that was shown is an unconfirmed card; whatever is given for being this member waits.
    """

    id: str
    tier: str | None = None
    segments: frozenset[str] = frozenset()
    birth_date: date | None = None
    points_available: int = 0
    wallet_available: int = 0
    purchase_count: int = 0
    referred: bool = False
    uses: Mapping[str, int] = field(default_factory=dict)
    uses_today: Mapping[str, int] = field(default_factory=dict)
    points_today: Mapping[str, int] = field(default_factory=dict)
    points_this_month: Mapping[str, int] = field(default_factory=dict)
    only_earns: bool = False


@dataclass(frozen=True, slots=True)
class CouponClaim:
    """A code shown at the till, already looked up by the caller.

    `promotion_id` is None when no promotion goes with the code; `reason` says why it is not `usable`.
    """

    code: str
    promotion_id: str | None
    usable: bool = True
    reason: str | None = None
