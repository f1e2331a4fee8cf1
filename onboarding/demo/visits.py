"""Every visit of the demo shop's past: who came when to which outlet, and what was in the basket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from onboarding.demo.customers import BRANCHES, SEED, WHOLE, Customer, Size
from onboarding.demo.goods import BY_SKU, ERRANDS, LARGEST_RECEIPT, LEAST_RECEIPT, Errand
from onboarding.demo.rhythm import crowd, errands_on

RETURNING_WITHIN: Final = timedelta(days=26)
"""Those who stopped coming and look in once more do so in these last days."""
MOST_TRIES: Final = 12


class Visit(NamedTuple):
    """`lines` are (sku, quantity); the reference is unique in the shop."""

    reference: str
    at: datetime
    branch: int
    customer: Customer | None
    lines: tuple[tuple[str, int], ...]

    @property
    def amount(self) -> int:
        """Return what the goods come to, before any discount."""
        return sum(BY_SKU[sku].price * quantity for sku, quantity in self.lines)


def draw_visits(customers: Sequence[Customer], *, today: date, size: Size = WHOLE) -> list[Visit]:
    """Draw all visits from the first day up to yesterday, in the order of time."""
    found = [
        *(visit for customer in customers for visit in _of_customer(customer, today)),
        *_of_strangers(today, size),
    ]
    found.sort(key=lambda visit: (visit.at, visit.branch, visit.lines))
    return [
        visit._replace(reference=f"M{visit.branch + 1}-{visit.at:%y%m%d}-{number:05d}")
        for number, visit in enumerate(found, start=1)
    ]


def _of_customer(customer: Customer, today: date) -> Iterator[Visit]:
    rng = Random(f"{SEED}: visits of {customer.number}")  # noqa: S311 - a sample, no secret
    end = min(customer.stops or today, today)
    for number in range((end - customer.joined).days):
        day = customer.joined + timedelta(days=number)
        comes = rng.random() < customer.visits_a_day * crowd(day)
        if customer.visits_a_day == 0.0:
            comes = number % 9 == 0 and number // 9 < customer.first_visits
        if (comes or number == 0) and crowd(day):
            yield _plan_visit(rng, day, customer.branch, customer)
    is_away = customer.stops is not None or customer.visits_a_day == 0.0
    if is_away and today - end > RETURNING_WITHIN and rng.random() < customer.comes_back:
        day = today - timedelta(days=rng.randint(1, RETURNING_WITHIN.days))
        yield _plan_visit(rng, day, customer.branch, customer)


def _of_strangers(today: date, size: Size) -> Iterator[Visit]:
    rng = Random(f"{SEED}: strangers")  # noqa: S311 - a sample, no secret
    for age in range(size.days, 0, -1):
        day = today - timedelta(days=age)
        for _ in range(round(size.strangers_a_day * crowd(day) * rng.uniform(0.7, 1.3))):
            branch = rng.choices(range(len(BRANCHES)), [b.weight for b in BRANCHES])[0]
            yield _plan_visit(rng, day, branch, None)


def _plan_visit(rng: Random, day: date, branch: int, customer: Customer | None) -> Visit:
    weights = {
        errand: weight * (customer.likes.get(errand, 1.0) if customer else 1.0)
        for errand, weight in errands_on(day).items()
    }
    errand = ERRANDS[rng.choices(list(weights), list(weights.values()))[0]]
    clock = time(rng.randint(errand.first_hour, errand.last_hour), rng.randrange(60), rng.randrange(60))
    at = datetime.combine(day, clock, tzinfo=ZoneInfo(BRANCHES[branch].timezone))
    return Visit("", at, branch, customer, fill_basket(rng, errand))


def fill_basket(rng: Random, errand: Errand) -> tuple[tuple[str, int], ...]:
    """Fill a basket of LEAST_RECEIPT to LARGEST_RECEIPT: the errand's shelves in order, again while too little."""
    basket: dict[str, int] = {}
    amount = 0
    for _ in range(MOST_TRIES):
        for pick in errand.picks:
            if rng.random() >= pick.chance:
                continue
            sku = rng.choices(list(pick.goods), list(pick.goods.values()))[0]
            quantity = rng.randint(1, pick.most)
            if amount + quantity * BY_SKU[sku].price <= LARGEST_RECEIPT:
                basket[sku] = basket.get(sku, 0) + quantity
                amount += quantity * BY_SKU[sku].price
        if amount >= LEAST_RECEIPT:
            return tuple(basket.items())
    raise AssertionError("an errand whose shelves come to too little")
