"""A private function says what it does to what: one bare word (`_lock`, `_row`) makes a reader look it up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

pytestmark = pytest.mark.static

ROOT: Final = Path(settings.BASE_DIR)
NOT_OURS: Final = frozenset({".venv", "node_modules", "var", "tests", "migrations"})
ALLOWED: Final[dict[str, str]] = {}
"""Bare words that are right as they are: path:name -> why."""


def bare_words(root: Path) -> Iterator[str]:
    """Yield path:name of each private function or method that is named by one bare word."""
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if NOT_OURS & set(place.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_bare(node.name):
                yield f"{place}:{node.name}"


def is_bare(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and "_" not in name.strip("_")


def test_a_private_function_is_named_by_more_than_a_word() -> None:
    found = [place for place in bare_words(ROOT) if place not in ALLOWED]
    assert not found, "name what is done to what: _lock_rows, _read_amount"


def test_each_exception_is_needed() -> None:
    found = set(bare_words(ROOT))
    assert set(ALLOWED) <= found


def test_a_bare_word_is_found(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "prices.py").write_text(
        "def _lock(): pass\ndef _lock_rows(): pass\n"
        "class Till:\n    def __init__(self): pass\n    def _sell(self): pass\n"
    )
    assert list(bare_words(tmp_path)) == ["shop/prices.py:_lock", "shop/prices.py:_sell"]
