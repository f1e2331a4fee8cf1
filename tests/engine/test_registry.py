"""How a kind of promotion is made known."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rewards.engine import registry
from rewards.engine.basket import Basket
from rewards.engine.benefit import NO_BENEFIT, Benefit, Ineligibility
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.facts import Cart, Settings
from rewards.engine.registry import Stage, register


@dataclass(frozen=True, slots=True)
class Nothing:
    """The terms of a kind that gives nothing."""


def test_a_registered_function_answers_for_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "KINDS", {})

    @register("nothing", Nothing, stage=Stage.REWARD, needs_member=True)
    def nothing(state: EvaluationState, terms: Nothing) -> Benefit | Ineligibility:
        return NO_BENEFIT

    kind = registry.KINDS["nothing"]
    assert (kind.terms, kind.stage_of(Nothing()), kind.needs_member(Nothing())) == (Nothing, Stage.REWARD, True)
    assert kind.problems(Nothing()) == []
    state = EvaluationState(Settings(), Basket(Cart(())))
    assert nothing(state, Nothing()) == kind.benefit(state, Nothing()) == NO_BENEFIT
