"""A function of the product is read on one page, at most 60 lines; a file of code ends at 400."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.test_circles import ROOT, product_packages

pytestmark = pytest.mark.static

MOST_LINES: Final = 60
MOST_LINES_OF_A_FILE: Final = 400
OUTSIDE: Final = {"var", ".venv", "node_modules"}


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


def test_no_file_is_longer_than_400_lines() -> None:
    rooms = [place for place in ROOT.iterdir() if place.is_dir() and place.name not in OUTSIDE]
    paths = [path for place in rooms for path in place.rglob("*.py") if "migrations" not in path.parts]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert len(lengths) > 1000, "the code was not read"
    assert {name for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FILE} == set()
