"""Small helpers exist once: a copy of one, under whatever name, is found by what it does."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.static

ROOT = Path(__file__).parents[2]
OUTSIDE = {"var", ".venv", "node_modules"}

Finder = Callable[[ast.AST], bool]


def reads_the_day_of_a_merchant(node: ast.AST) -> bool:
    """Return whether a call passes a merchant's zone and start of day: `merchant.day_of(at)` says it."""
    if not (isinstance(node, ast.Call) and len(node.args) == 3):
        return False
    *_, zone, starts = node.args
    return (
        isinstance(zone, ast.Attribute)
        and isinstance(starts, ast.Attribute)
        and (zone.attr, starts.attr) == ("timezone", "day_starts_at")
        and ast.unparse(zone.value) == ast.unparse(starts.value)
    )


def reads_an_id_or_none(node: ast.AST) -> bool:
    """Find `try: return UUID(text)`, `except ValueError: return None`: `uuid_or_none(text)` says it."""
    if not (isinstance(node, ast.Try) and len(node.body) == 1 and isinstance(node.body[0], ast.Return | ast.Expr)):
        return False
    read = node.body[0].value
    if isinstance(read, ast.IfExp):
        read = read.body
    is_id = isinstance(read, ast.Call) and isinstance(read.func, ast.Name) and read.func.id == "UUID"
    return is_id and all(
        isinstance(refused.body[-1], ast.Return) and isinstance(refused.body[-1].value, ast.Constant | None)
        for refused in node.handlers
    )


def asks_for_the_active_language(node: ast.AST) -> bool:
    """Find `(get_language() or "id")[:2]`: `reader_language()` says it."""
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "get_language"


def puts_errors_on_a_form(node: ast.AST) -> bool:
    """Find `for error in bad.errors: form.add_error(..., error.message)`: `add_errors(form, bad)` says it."""
    if not (isinstance(node, ast.For) and isinstance(node.iter, ast.Attribute) and node.iter.attr == "errors"):
        return False
    message = f"{ast.unparse(node.target)}.message"
    return any(
        isinstance(call, ast.Call)
        and ast.unparse(call.func).endswith(".add_error")
        and ast.unparse(call.args[-1]) == message
        for call in ast.walk(node)
    )


HELPERS: list[tuple[Finder, str, str]] = [
    (
        reads_the_day_of_a_merchant,
        "merchants/facts/tenants.py",
        "business_date(at, self.merchant.timezone, self.merchant.day_starts_at)",
    ),
]


def sources() -> Iterator[tuple[str, ast.AST]]:
    rooms = [place for place in ROOT.iterdir() if place.is_dir() and place.name not in OUTSIDE]
    for path in sorted(path for place in rooms for path in place.rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def trees() -> list[tuple[str, ast.AST]]:
    return list(sources())


@pytest.mark.parametrize(("finder", "home", "copy"), HELPERS)
def test_a_helper_exists_once(trees: list[tuple[str, ast.AST]], finder: Finder, home: str, copy: str) -> None:
    assert any(finder(node) for node in ast.walk(ast.parse(copy)))
    found = {file for file, tree in trees if any(finder(node) for node in ast.walk(tree))}
    assert found == {home}
