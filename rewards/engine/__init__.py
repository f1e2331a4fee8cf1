"""The promotion engine: plain Python over frozen values. No Django, no clock, no randomness, no database.

A kind of promotion is one function in one of the modules imported below, registered under its name.

Words: `EvaluationContext` is what stays the same while promotions act (member, time, outlet, coupons),
`EvaluationState` what they change (basket, points). Each kind answers a `Benefit` or an `Ineligibility`.
`RunProgress` collects what was applied and refused, `PromotionsByStage` what is still to act; `run_promotions`
returns all of it as a `PromotionRun`, `evaluate` writes it out as an `Outcome`. After a return, `RetainedEarnings`
and `RetainedRewards` say what stays.
"""

from rewards.engine import amount, buy_get, cashback, cheapest, earnings, gift, percent, price, redemption, visits  # noqa: F401 - each registers its kinds
from rewards.engine.benefit import REASONS
from rewards.engine.bill import bill_again
from rewards.engine.conditions import began_earlier, is_personal
from rewards.engine.definitions import stored_definition, validate_definition
from rewards.engine.evaluation import (
    PromotionRun,
    earn_again,
    earns,
    evaluate,
    refusal_without_cart,
    run_promotions,
    without_limits,
)
from rewards.engine.fields import DefinitionError, Problem
from rewards.engine.names import name_key
from rewards.engine.paid import earn_on_paid
from rewards.engine.pipeline import in_order
from rewards.engine.quote import bill_form
from rewards.engine.redemption import point_rate
from rewards.engine.registry import KINDS

__all__ = [
    "KINDS",
    "REASONS",
    "DefinitionError",
    "Problem",
    "PromotionRun",
    "began_earlier",
    "bill_again",
    "bill_form",
    "earn_again",
    "earn_on_paid",
    "earns",
    "evaluate",
    "in_order",
    "is_personal",
    "name_key",
    "point_rate",
    "refusal_without_cart",
    "run_promotions",
    "stored_definition",
    "validate_definition",
    "without_limits",
]
