"""A function of the product is read on one page: 60 lines at most, comments and parameters included."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from tests.architecture.test_circles import ROOT, product_packages

MOST_LINES: Final = 60


def long_functions(path: Path) -> dict[str, int]:
    """Return the functions of the file that are too long, with their lines."""
    return {
        f"{path}:{node.name}": lines
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES
    }


def test_no_function_is_longer_than_a_page() -> None:
    paths = [path for package in product_packages() for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(paths) > 500, "the product was not read"
    assert {name: lines for path in paths for name, lines in long_functions(path).items()} == {}


def test_a_long_function_is_found(tmp_path: Path) -> None:
    path = tmp_path / "prices.py"
    path.write_text("def price():\n" + "    pass\n" * MOST_LINES + "\n\ndef pay():\n    pass\n", encoding="utf-8")
    assert long_functions(path) == {f"{path}:price": MOST_LINES + 1}
