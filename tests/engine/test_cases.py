"""Every row of every table in `cases/`."""

import importlib
import pkgutil
from typing import Any

import pytest

from rewards.engine import KINDS
from tests.engine import cases
from tests.engine.tables import Row, case_of, figures, must_add_up, outcome_of

MODULES = [importlib.import_module(f"{cases.__name__}.{found.name}") for found in pkgutil.iter_modules(cases.__path__)]
ROWS = [pytest.param(module.KIND, row, id=f"{module.KIND}: {row[0]}") for module in MODULES for row in module.CASES]


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_case(kind: str, row: Row) -> None:
    outcome = outcome_of(case_of(kind, row))
    must_add_up(outcome)
    found = figures(outcome)
    expected: dict[str, Any] = row[3]
    assert {name: found[name] for name in expected} == expected


def test_every_kind_has_a_table_of_fifteen_rows() -> None:
    rows = {module.__name__.rpartition(".")[2]: len(module.CASES) for module in MODULES}
    assert {kind: rows.get(kind, 0) for kind in KINDS if rows.get(kind, 0) < 15} == {}


def test_rows_of_a_table_have_names_of_their_own() -> None:
    for module in MODULES:
        names = [row[0] for row in module.CASES]
        assert len(names) == len(set(names)), module.KIND
