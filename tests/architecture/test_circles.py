"""No module of the product imports, by whatever way round, a module that imports it."""

from __future__ import annotations

from collections.abc import Mapping
from configparser import ConfigParser
from pathlib import Path

import grimp
import pytest

pytestmark = pytest.mark.static

ROOT = Path(__file__).parents[2]


def product_packages() -> list[str]:
    """Return the packages that the import contracts are about."""
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    return contracts["importlinter"]["root_packages"].split()


def imports_of_product() -> dict[str, set[str]]:
    """Return what each module imports, inside functions and for type checking too."""
    graph = grimp.build_graph(*product_packages(), cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def modules_in_circles(imports: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return the modules that lie on a circle, or between two, with what each imports of the others."""
    left = set(imports)
    while ends := {module for module in left if not imports[module] & left}:
        left -= ends
    while starts := {module for module in left if not any(module in imports[other] for other in left)}:
        left -= starts
    return {module: imports[module] & left for module in sorted(left)}


def test_no_modules_import_each_other() -> None:
    imports = imports_of_product()
    assert len(imports) > 500, "the product was not read"
    assert modules_in_circles(imports) == {}


@pytest.mark.parametrize(
    ("imports", "found"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, {}),
        ({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}, {"b": {"c"}, "c": {"b"}}),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}}, {"a": {"b"}, "b": {"c"}, "c": {"a"}}),
    ],
)
def test_a_circle_is_found(imports: dict[str, set[str]], found: dict[str, set[str]]) -> None:
    assert modules_in_circles(imports) == found
