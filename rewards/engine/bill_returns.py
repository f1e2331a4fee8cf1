"""What of tax, service charge, tip and rounding comes back with goods."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rewards.engine.facts import Bill, Outcome
from rewards.engine.payment_shares import Paid, paid_back


class BillBack(NamedTuple):
    """What of a bill came back so far; `on_top` is how that part of it had been paid that was on top of the prices."""

    tax_amount: int = 0
    service_amount: int = 0
    tip_amount: int = 0
    rounding_amount: int = 0
    on_top: Paid = Paid()

    @property
    def money_amount(self) -> int:
        """Return the money handed back for it; below 0 where a rounding down is taken off that for the goods."""
        return self.on_top.money_amount + min(0, self.rounding_amount)

    def minus(self, earlier: "BillBack") -> "BillBack":
        return BillBack(
            self.tax_amount - earlier.tax_amount,
            self.service_amount - earlier.service_amount,
            self.tip_amount - earlier.tip_amount,
            self.rounding_amount - earlier.rounding_amount,
            self.on_top.minus(earlier.on_top),
        )


NOTHING_BACK = BillBack()


class PartBack(NamedTuple):
    """Rows of the receipt that come back together: `back` of `whole` of their goods has."""

    rows: Sequence[int]
    back: int
    whole: int


def bill_back(
    outcome: Outcome, parts: Iterable[PartBack], *, goods_money: int, is_whole: bool, before: BillBack
) -> BillBack:
    """Return what of the bill has come back with these parts of the goods, `before` with the earlier ones.

    Tax and service go back in the measure of their goods; tip and a rounding up with the last of them. A rounding down
    is taken off as soon as more money would be handed back than was paid. `goods_money` was handed back for the goods.
    """
    bill = outcome.bill
    if bill is None:
        return NOTHING_BACK
    tax = service = 0
    for part in parts:
        if part.whole:
            tax += sum(outcome.lines[row].tax_amount for row in part.rows) * part.back // part.whole
            service += sum(outcome.lines[row].service_amount for row in part.rows) * part.back // part.whole
    rise = max(0, bill.rounding_amount)
    on_top = (0 if bill.prices_include_tax else tax) + (0 if bill.prices_include_service else service)
    on_top += bill.tip_amount + rise if is_whole else 0
    paid = _paid_on_top(outcome, bill)
    given = paid_back(paid, on_top, paid.goods_amount, before.on_top)
    rounding = rise if is_whole else 0
    if bill.rounding_amount < 0:
        most = max(0, _goods_money(outcome) + paid.money_amount + bill.rounding_amount)
        rounding = min(0, most - goods_money - given.money_amount)
    return BillBack(tax, service, bill.tip_amount if is_whole else 0, rounding, given)


def _paid_on_top(outcome: Outcome, bill: Bill) -> Paid:
    """Return how all that was on top of the prices was paid: by what the goods left of wallet money and cards."""
    wallet = outcome.wallet_to_redeem_amount - sum(line.wallet_amount for line in outcome.lines)
    cards = outcome.gift_card_to_redeem_amount - sum(line.gift_card_amount for line in outcome.lines)
    whole = bill.added_amount - min(0, bill.rounding_amount)
    return Paid(whole - wallet - cards, 0, wallet, cards, 0)


def _goods_money(outcome: Outcome) -> int:
    stored = sum(line.points_value_amount + line.wallet_amount + line.gift_card_amount for line in outcome.lines)
    return outcome.total_amount - stored
