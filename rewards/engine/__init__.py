"""The promotion engine: plain Python over frozen values. No Django, no clock, no randomness, no database.

A kind of promotion is one function in one of the modules imported below, registered under its name.
"""

from rewards.engine import amount, buy_get, cashback, cheapest, earning, gift, percent, price, redemption, visits
from rewards.engine.conditions import began_earlier, is_personal
from rewards.engine.definitions import stored_definition, validate_definition
from rewards.engine.evaluation import Weighed, earn_again, earns, evaluate, refusal_without_cart, weigh
from rewards.engine.fields import DefinitionError, Problem
from rewards.engine.names import name_key
from rewards.engine.offer import REASONS
from rewards.engine.paid import earn_on_paid
from rewards.engine.pipeline import in_order
from rewards.engine.redemption import point_rate
from rewards.engine.registry import KINDS

KIND_MODULES = (amount, buy_get, cashback, cheapest, earning, gift, percent, price, redemption, visits)

__all__ = [
    "KINDS",
    "KIND_MODULES",
    "REASONS",
    "DefinitionError",
    "Problem",
    "Weighed",
    "began_earlier",
    "earn_again",
    "earn_on_paid",
    "earns",
    "evaluate",
    "in_order",
    "is_personal",
    "name_key",
    "point_rate",
    "refusal_without_cart",
    "stored_definition",
    "validate_definition",
    "weigh",
]
