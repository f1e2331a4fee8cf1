"""The engine is plain Python over its own facts: no Django, no clock, no randomness, no binary fractions."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import common.text
import rewards.engine
import rewards.engine.facts

FOLDERS = (Path(rewards.engine.__file__).parent, Path(rewards.engine.facts.__file__).parent)
FORBIDDEN = {"random", "secrets", "time", "os", "socket", "sqlite3"}


OURS = ("rewards.engine", "rewards.engine.facts", "common.text")
"""How names compare is the house's own rule, as pure as the engine."""


def imported() -> Iterator[tuple[str, str]]:
    for path in [*FOLDERS[0].glob("*.py"), Path(common.text.__file__)]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                yield path.name, node.module or ""
            elif isinstance(node, ast.Import):
                yield from ((path.name, alias.name) for alias in node.names)


def test_the_engine_imports_nothing_but_its_facts_names_and_the_standard_library() -> None:
    found = list(imported())
    assert len(found) > 20
    for file, name in found:
        top = name.partition(".")[0]
        assert name.startswith(OURS) or top in sys.stdlib_module_names, (file, name)
        assert top not in FORBIDDEN, (file, name)


def test_nothing_reads_the_clock_or_makes_a_binary_fraction() -> None:
    files = sorted(FOLDERS[0].glob("*.py"))
    assert len(files) > 5
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Div) or path.name == "shares.py", path
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"now", "today", "utcnow"}, (path, node.lineno)
            if isinstance(node, ast.Constant):
                assert not isinstance(node.value, float), (path, node.lineno)
