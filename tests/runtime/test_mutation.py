"""The runner of mutants: a change takes effect in the child, everywhere, and nowhere else."""

from __future__ import annotations

import time
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

import pytest

from ledger import rules
from rewards.engine import returns
from tests.mutation.children import TookTooLong, in_a_child
from tests.mutation.mutants import Mutant, draw, mutants_of
from tests.mutation.rooms import ROOMS
from tests.mutation.swapping import LiveFunctions, NotSwapped

ROOT: Final = Path(__file__).resolve().parents[2]
RULES, RETURNS = "ledger/rules.py", "rewards/engine/returns.py"
FORWARDS = "earned_on.month - 1 + valid_months -> (earned_on.month - 1 - valid_months)"


def the_mutant(path: str, function: str, change: str) -> Mutant:
    [found] = [one for one in mutants_of(ROOT, path) if (one.function, one.change) == (function, change)]
    return found


def test_a_change_takes_effect_in_the_child_and_only_there() -> None:
    live = LiveFunctions(ROOT, [RULES, RETURNS])
    later, kept = rules.expiry_day, returns.RetainedEarnings({"a": 1, "b": 2}, {})
    of_function = the_mutant(RULES, "expiry_day", FORWARDS)
    of_property = the_mutant(RETURNS, "points", "return sum(self.points_by_promotion.values()) -> return None")

    def work() -> tuple[date | None, int | None]:
        live.swap(of_function)
        live.swap(of_property)
        return later(date(2026, 3, 5), 1), kept.points

    assert in_a_child(work, 60) == (date(2026, 2, 5), None)
    assert (later(date(2026, 3, 5), 1), kept.points) == (date(2026, 4, 5), 3)


def test_what_changes_nothing_is_no_mutant() -> None:
    mutant = the_mutant(RULES, "expiry_day", FORWARDS)
    same = Mutant(**{**vars(mutant), "source": (ROOT / RULES).read_text()})
    with pytest.raises(NotSwapped):
        in_a_child(lambda: LiveFunctions(ROOT, [RULES]).swap(same), 60)


def test_a_cache_over_a_function_of_c_is_none_of_ours() -> None:
    cached = lru_cache(abs)
    assert cached(-3) == 3
    LiveFunctions(ROOT, [RULES]).clear_caches()
    assert cached.cache_info().currsize == 1


def test_a_child_that_does_not_end_is_killed() -> None:
    with pytest.raises(TookTooLong):
        in_a_child(lambda: time.sleep(600), 0.1)


def test_the_same_seed_draws_the_same_though_another_function_changed() -> None:
    mutants = mutants_of(ROOT, RULES)
    fewer = [mutant for mutant in mutants if mutant.function != "expiry_day"]
    kept = [one.name for one in draw(mutants, len(mutants), 7) if one.function != "expiry_day"]
    assert [one.name for one in draw(fewer, len(fewer), 7)] == kept
    assert kept != [one.name for one in draw(fewer, len(fewer), 8)]


def test_every_room_and_its_tests_exist() -> None:
    missing = [place for room, tests in ROOMS.items() for place in (room, *tests) if not (ROOT / place).exists()]
    assert missing == []
