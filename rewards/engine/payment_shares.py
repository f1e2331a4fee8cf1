"""How goods, or what is beside them on a bill, were paid for, and each payment's share when they come back."""

from typing import NamedTuple


class Paid(NamedTuple):
    """How something was paid for; `points` are those whose value is `points_value_amount`."""

    money_amount: int = 0
    points_value_amount: int = 0
    wallet_amount: int = 0
    gift_card_amount: int = 0
    points: int = 0

    @property
    def goods_amount(self) -> int:
        return self.money_amount + self.points_value_amount + self.wallet_amount + self.gift_card_amount

    def minus(self, earlier: "Paid") -> "Paid":
        return Paid(*(a - b for a, b in zip(self, earlier, strict=True)))


def paid_back(paid: Paid, back: int, value: int, before: Paid) -> Paid:
    """Return `back` of the `value` that was `paid`: each payment in proportion, whole coins, at least `before`."""
    if not value:
        return Paid()
    stored, sooner = paid[1:4], before[1:4]
    given = [max(least, amount * back // value) for amount, least in zip(stored, sooner, strict=True)]
    money = back - sum(given)
    for i in range(len(given)):
        given[i] += max(0, min(money - paid.money_amount, stored[i] - given[i]))
        money = back - sum(given)
        given[i] -= max(0, min(before.money_amount - money, given[i] - sooner[i]))
        money = back - sum(given)
    points = paid.points * given[0] // stored[0] if stored[0] else 0
    return Paid(money, given[0], given[1], given[2], points)
