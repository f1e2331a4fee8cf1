"""Tax, service charge, tip and rounding of a receipt, and which of them count for what."""

from dataclasses import dataclass
from typing import NamedTuple

TAX = "tax"
SERVICE = "service"
TIP = "tip"


class LineBases(NamedTuple):
    """By how much what counts of a line differs from its price: for discounts, for minimums, for what is earned.

    All 0 where the till sent no tax, service charge or tip.
    """

    discounts: int = 0
    minimums: int = 0
    earning: int = 0


AS_PRICED = LineBases()


@dataclass(frozen=True, slots=True)
class BillRules:
    """Which of "tax", "service" and "tip" a shop lets count: for discounts, for minimums, for what is earned.

    Discounts reach only what is in the prices: what comes on top is worked out by the till, from what they left.
    """

    discounts: frozenset[str] = frozenset()
    minimums: frozenset[str] = frozenset()
    earning: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Bill:
    """What a bill shows beside the goods, as the till sent it; nothing here is ever recomputed.

    Tax and service are parts of the prices, or come on top of what the discounts leave of them. The tip always comes
    on top; `rounding_amount` may be below 0.
    """

    tax_amount: int = 0
    service_amount: int = 0
    tip_amount: int = 0
    rounding_amount: int = 0
    prices_include_tax: bool = True
    prices_include_service: bool = True

    @property
    def added_tax_amount(self) -> int:
        return 0 if self.prices_include_tax else self.tax_amount

    @property
    def added_service_amount(self) -> int:
        return 0 if self.prices_include_service else self.service_amount

    @property
    def added_amount(self) -> int:
        """Return what is to pay beyond the goods; below 0 where all there is, is a rounding down."""
        return self.added_tax_amount + self.added_service_amount + self.tip_amount + self.rounding_amount


NO_BILL = Bill()
