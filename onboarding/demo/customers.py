"""Who comes to the demo shop: when each joined, how often they come, and when some stopped coming."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from onboarding.demo.people import draw_name, email_of, phone_of

SEED: Final = "toko melati"
FOUNDERS: Final = 0.3
"""The share that joined in the first month."""


@dataclass(frozen=True)
class Size:
    """How long the past is, how many ever joined, and how many come on an average day without being members."""

    days: int
    customers: int
    strangers_a_day: float


WHOLE: Final = Size(days=392, customers=600, strangers_a_day=9)
"""Just over a year, so that a fasting month and a Lebaran always lie in it."""


@dataclass(frozen=True)
class Branch:
    """An outlet: its name, its clock, and how many of the customers are at home there."""

    city: str
    name: str
    timezone: str
    weight: int


BRANCHES: Final = (
    Branch("Bandung", "Melati Dago, Bandung", "Asia/Jakarta", 55),
    Branch("Denpasar", "Melati Renon, Denpasar", "Asia/Makassar", 27),
    Branch("Ambon", "Melati Pattimura, Ambon", "Asia/Jayapura", 18),
)


@dataclass(frozen=True)
class Customer:
    """`visits_a_day` on an average day, from `joined` until `stops`; `comes_back` is the chance of one late visit.

    `likes` weighs errands up, `friend_of` is the number of the customer who brought them.
    """

    number: int
    branch: int
    name: str
    phone: str
    email: str
    birth_date: date | None
    consent: bool
    joined: date
    stops: date | None
    visits_a_day: float
    first_visits: int
    comes_back: float
    likes: Mapping[str, float]
    friend_of: int | None

    @property
    def code(self) -> str:
        """Return the customer number of the till system that the shop had before."""
        return f"ML{self.number:05d}"


@dataclass(frozen=True)
class Habit:
    """How many come so often (visits a day, at least and at most), and how many of them stop some day."""

    weight: int
    least: float
    most: float
    stopping: float


HABITS: Final = (
    Habit(14, 0.15, 0.3, 0.1),
    Habit(26, 0.06, 0.13, 0.2),
    Habit(36, 0.02, 0.05, 0.3),
    Habit(24, 0.0, 0.0, 0.0),
)
"""Regulars, weekly guests, occasional ones, and those who try it once or twice."""
LATE_RETURN: Final = 0.06


def draw_customers(today: date, size: Size = WHOLE) -> Sequence[Customer]:
    """Draw all customers who joined before `today`, by number: earlier numbers joined earlier."""
    rng = Random(f"{SEED}: joining")  # noqa: S311 - a sample, no secret
    founders = int(size.customers * FOUNDERS)
    ages = [size.days - int(30 * rng.random() ** 1.6) for _ in range(founders)]
    ages += [1 + int((size.days - 30) * rng.random()) for _ in range(size.customers - founders)]
    return [_draw_customer(number, age, today) for number, age in enumerate(sorted(ages, reverse=True), start=1)]


def _draw_customer(number: int, age: int, today: date) -> Customer:
    rng = Random(f"{SEED}: customer {number}")  # noqa: S311 - a sample, no secret
    branch = rng.choices(range(len(BRANCHES)), [b.weight for b in BRANCHES])[0]
    name = draw_name(rng, BRANCHES[branch].city)
    habit = rng.choices(HABITS, [h.weight for h in HABITS])[0]
    joined = today - timedelta(days=age)
    stops = None
    if rng.random() < habit.stopping and age > 60:
        stops = joined + timedelta(days=rng.randint(30, age - 20))
    has_mail = rng.random() < 0.86
    return Customer(
        number=number,
        branch=branch,
        name=name,
        phone="" if has_mail and rng.random() < 0.05 else phone_of(number),
        email=email_of(rng, name, number) if has_mail else "",
        birth_date=_draw_birth(rng, today) if rng.random() < 0.72 else None,
        consent=has_mail and rng.random() < 0.8,
        joined=joined,
        stops=stops,
        visits_a_day=rng.uniform(habit.least, habit.most),
        first_visits=1 if habit.most else rng.choices([1, 2, 3], [5, 3, 2])[0],
        comes_back=LATE_RETURN,
        likes={errand: rng.choice([0.3, 1.0, 1.0, 2.5]) for errand in ("breakfast", "lunch", "afternoon", "groceries")},
        friend_of=rng.randrange(1, number) if number > 50 and rng.random() < 0.16 else None,
    )


def _draw_birth(rng: Random, today: date) -> date:
    """Draw a birth date: grown-ups of 18 to 67 years, most of them between 22 and 45."""
    return today - timedelta(days=int(365.25 * rng.triangular(18, 67, 28)))
