"""One class name has one meaning in the whole tree: a reader who knows it from one file knows it in every other."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

pytestmark = pytest.mark.static

ROOT: Final = Path(settings.BASE_DIR)
NOT_OURS: Final = frozenset({".venv", "node_modules", "var", "migrations"})
MANY: Final = {
    "Command": "Django finds a command by this name in its module",
    "Meta": "Django and REST framework read the options of a class from this name",
}
"""Names that a framework asks for, so that many classes have them."""


def classes_by_name(root: Path) -> dict[str, list[str]]:
    """Return where each class name is given, as path:line, the classes inside functions included."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root)
        if NOT_OURS & set(parts.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(f"{parts}:{node.lineno}")
    return found


def test_a_class_name_has_one_meaning() -> None:
    found = classes_by_name(ROOT)
    assert len(found) > 500, "the tree was not read"
    doubled = {name: places for name, places in found.items() if len(places) > 1 and name not in MANY}
    assert not doubled


def test_each_exception_is_needed() -> None:
    found = classes_by_name(ROOT)
    assert [name for name in MANY if len(found.get(name, ())) < 2] == []


def test_a_doubled_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "prices.py").write_text("class Offer:\n    pass\n", encoding="utf-8")
    (tmp_path / "forms.py").write_text("def make():\n    class Offer:\n        pass\n", encoding="utf-8")
    assert classes_by_name(tmp_path) == {"Offer": ["forms.py:2", "prices.py:1"]}
