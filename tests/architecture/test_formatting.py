"""The formatter lays out all code; only tables of cases, one case a line, keep a layout of their own."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.static

ROOT = Path(__file__).parents[2]
OUTSIDE = {"var", ".venv", "node_modules"}
FEWEST_ROWS = 5
AT_MOST = 70

TABLE = "CASES = [\n    (1, 2), (3, 4), (5, 6),\n    (7, 8), (9, 0),\n]  # fmt: skip\n"
PARAMETERS = (
    "@pytest.mark.parametrize(\n    'a', [(1,), (2,), (3,), (4,), (5,)]\n)  # fmt: skip\ndef test_a(a):\n    pass\n"
)


def find_unformatted(source: str) -> tuple[int, list[int]]:
    """Return how many statements the formatter leaves alone, and the lines of those it should not."""
    marks = {
        token.start[0]: "skip" in token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT and token.string.replace(" ", "").startswith(("#fmt:", "#yapf:"))
    }
    tables = {line for line, rows in _tables(ast.parse(source)) if rows >= FEWEST_ROWS} if marks else set()
    return len(marks), [line for line, is_skip in sorted(marks.items()) if not (is_skip and line in tables)]


def _tables(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield (last line, rows) of every literal that is assigned or given to parametrize."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            yield node.end_lineno or 0, _count_rows(node.value)
        elif isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.parametrize":
                    yield mark.end_lineno or 0, _count_rows(mark.args[1])


def _count_rows(value: ast.expr | None) -> int:
    """Return the rows of a table; 0 where most of the literal is not rows, or it is no literal."""
    if isinstance(value, ast.Dict):
        items: list[ast.expr] = value.values
    elif isinstance(value, ast.List | ast.Tuple):
        items = value.elts
    else:
        return 0
    rows = sum(isinstance(item, ast.List | ast.Tuple | ast.Dict | ast.Call | ast.Starred) for item in items)
    return rows if rows * 4 >= len(items) * 3 else 0


@pytest.mark.parametrize("source", [TABLE, PARAMETERS])
def test_a_table_of_cases_may_keep_its_columns(source: str) -> None:
    assert find_unformatted(source) == (1, [])


@pytest.mark.parametrize(
    "source",
    [
        "call(\n    1, 2,\n)  # fmt: skip\n",
        "x = call(\n    (1, 2), (3, 4), (5, 6), (7, 8), (9, 0),\n)  # fmt: skip\n",
        "def f(\n    a, b,\n) -> None:  # fmt: skip\n    pass\n",
        "words = [\n    'a', 'b', 'c', 'd', 'e', 'f',\n]  # fmt: skip\n",
        "rows = [\n    (1, 2), (3, 4),\n]  # fmt: skip\n",
        "# fmt: off\nx = 1\n",
        PARAMETERS.replace("pytest.mark.parametrize", "pytest.fixture"),
    ],
)
def test_nothing_else_may(source: str) -> None:
    _, wrong = find_unformatted(source)
    assert len(wrong) == 1


def test_the_tree_is_formatted_but_for_its_tables() -> None:
    kept, wrong = 0, []
    rooms = [place for place in ROOT.iterdir() if place.is_dir() and place.name not in OUTSIDE]
    for path in sorted([*ROOT.glob("*.py"), *(path for place in rooms for path in place.rglob("*.py"))]):
        count, lines = find_unformatted(path.read_text(encoding="utf-8"))
        kept += count
        wrong += [f"{path.relative_to(ROOT)}:{line}" for line in lines]
    assert wrong == []
    assert 0 < kept < AT_MOST
