"""The kinds of promotion by name: the fields each is written with, the stage it acts in, the function that answers."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeVar

from rewards.engine.benefit import Benefit, Ineligibility
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.fields import Problem

Terms = TypeVar("Terms")


class Stage(IntEnum):
    """Discounts and gifts, then points as payment, then points per amount, their multipliers, then other rewards."""

    DISCOUNT = 1
    PAYMENT = 2
    EARN = 3
    MULTIPLY = 4
    REWARD = 5

    @property
    def family(self) -> int:
        """Return the family within which groups and exclusive promotions reach: discounts, payments, or earnings."""
        return min(int(self), 3)


@dataclass(frozen=True, slots=True)
class Kind:
    """`stage_of` and `needs_member` may depend on the terms; `problems` are combinations that cannot be explained."""

    name: str
    terms: type
    benefit: Callable[[EvaluationState, Any], Benefit | Ineligibility]
    stage_of: Callable[[Any], Stage]
    needs_member: Callable[[Any], bool]
    problems: Callable[[Any], list[Problem]]


KINDS: dict[str, Kind] = {}


def _no_problems(terms: Any) -> list[Problem]:
    return []


def register(
    name: str,
    terms: type[Terms],
    *,
    stage: Stage | Callable[[Terms], Stage] = Stage.DISCOUNT,
    needs_member: bool | Callable[[Terms], bool] = False,
    problems: Callable[[Terms], list[Problem]] = _no_problems,
) -> Callable[
    [Callable[[EvaluationState, Terms], Benefit | Ineligibility]],
    Callable[[EvaluationState, Terms], Benefit | Ineligibility],
]:
    """Make the decorated function the answer of one kind of promotion."""

    def add(
        benefit: Callable[[EvaluationState, Terms], Benefit | Ineligibility],
    ) -> Callable[[EvaluationState, Terms], Benefit | Ineligibility]:
        KINDS[name] = Kind(name, terms, benefit, _constant_function(stage), _constant_function(needs_member), problems)
        return benefit

    return add


def _constant_function(value: Any) -> Callable[[Any], Any]:
    return value if callable(value) else lambda terms: value
