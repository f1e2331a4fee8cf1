"""Small wrong changes to a source file, one at a time: what a test of that code has to notice."""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}
REMOVED = (ast.AugAssign, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Mutant:
    """`source` is the whole file with the one change; the lines and `change` tell a person where and what.

    `number` counts the equal changes of one function, so that a mutant keeps its `name` when other functions change.
    """

    path: str
    function: str
    line: int
    last_line: int
    statement_lines: range
    change: str
    source: str
    number: int = 1

    @property
    def name(self) -> str:
        return f"{self.path}::{self.function} {self.change} #{self.number}"

    @property
    def digest(self) -> str:
        """Return a digest that differs from every other change and every other state of the file."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:16]


def draw(mutants: Iterable[Mutant], count: int, seed: int) -> list[Mutant]:
    """Draw `count` of them, the same for the same seed as long as their functions stay as they are."""
    return sorted(mutants, key=lambda one: hashlib.sha256(f"{seed} {one.name}".encode()).digest())[:count]


def mutants_of(root: Path, path: str) -> list[Mutant]:
    """Return every mutant of one file, in the order of its lines."""
    text = (root / path).read_text()
    found: dict[str, Mutant] = {}
    for function, statement in _statements(ast.parse(text)):
        for node, new in _changes(statement):
            source = _replaced(text, node, new)
            if source != text:
                change = f"{_first_line(text, node)} -> {_short(new)}"
                line, last_line = _lines_of(node)
                mutant = Mutant(path, function, line, last_line, _statement_lines(statement, line), change, source)
                found[source] = mutant  # an inner function's own name wins over that of the one around it
    return _numbered(sorted(found.values(), key=lambda mutant: (mutant.line, mutant.change)))


def _numbered(mutants: Iterable[Mutant]) -> list[Mutant]:
    seen: Counter[str] = Counter()
    numbered = []
    for mutant in mutants:
        seen[mutant.name] += 1
        numbered.append(replace(mutant, number=seen[mutant.name]))
    return numbered


def _statements(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and not _is_abstract(function):
            yield from ((function.name, statement) for statement in function.body)


def _statement_lines(statement: ast.stmt, line: int) -> range:
    """The lines of the innermost statement that holds the line: a part of it may have no line of its own in a trace."""
    held = [
        _lines_of(node)
        for node in ast.walk(statement)
        if isinstance(node, ast.stmt) and _lines_of(node)[0] <= line <= _lines_of(node)[1]
    ]
    first, last = min(held, key=lambda lines: lines[1] - lines[0])
    return range(first, last + 1)


def _lines_of(node: ast.AST) -> tuple[int, int]:
    return node.lineno, node.end_lineno  # type: ignore[attr-defined]


def _is_abstract(function: ast.FunctionDef) -> bool:
    return all(isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) for part in function.body)


def _changes(statement: ast.stmt) -> Iterator[tuple[ast.AST, str]]:
    """(node, text that takes its place)"""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return  # a docstring
    promises = {
        id(word.value) for word in ast.walk(statement) if isinstance(word, ast.keyword) and word.arg == "strict"
    }
    for node in ast.walk(statement):
        if id(node) in promises:
            continue  # zip(strict=True) only says what never happens
        if isinstance(node, REMOVED) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            yield node, "pass"
        elif isinstance(node, ast.If):
            yield node.test, f"(not ({ast.unparse(node.test)}))"
        elif isinstance(node, ast.Return) and node.value is not None and not _is_constant(node.value, None, False):
            yield node, "return None"
        elif isinstance(node, ast.expr):
            yield from ((node, f"({ast.unparse(changed)})") for changed in _changed(node))


def _is_constant(node: ast.expr, *values: object) -> bool:
    """Return whether it is a constant: None in the place of False is no change where only truth is asked."""
    return isinstance(node, ast.Constant) and any(node.value is value for value in values)


def _changed(node: ast.expr) -> Iterator[ast.expr]:
    copy = deepcopy(node)
    if isinstance(copy, ast.Compare) and len(copy.ops) == 1 and type(copy.ops[0]) in SWAPS:
        copy.ops = [SWAPS[type(copy.ops[0])]()]  # type: ignore[list-item]
        yield copy
    elif isinstance(copy, (ast.BinOp, ast.BoolOp)) and type(copy.op) in SWAPS:
        copy.op = SWAPS[type(copy.op)]()  # type: ignore[assignment]
        yield copy
    elif isinstance(copy, ast.UnaryOp) and isinstance(copy.op, (ast.Not, ast.USub)):
        yield copy.operand
    elif isinstance(copy, ast.Constant) and isinstance(copy.value, (bool, int)):
        copy.value = (not copy.value) if isinstance(copy.value, bool) else copy.value + 1
        yield copy
    elif isinstance(copy, ast.Call) and isinstance(copy.func, ast.Name) and copy.func.id in CALLS:
        copy.func.id = CALLS[copy.func.id]
        yield copy


# --- text ---------------------------------------------------------------------------------------------------------


def _span(text: str, node: ast.AST) -> tuple[int, int]:
    """Return the node's start and end in characters; its own offsets are in bytes of their line."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def place(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    return (
        place(node.lineno, node.col_offset),  # type: ignore[attr-defined]
        place(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
    )


def _replaced(text: str, node: ast.AST, new: str) -> str:
    first, last = _span(text, node)
    changed = text[:first] + new + text[last:]
    try:
        ast.parse(changed)
    except SyntaxError:
        return text  # an expression inside a format string, say
    return changed


def _first_line(text: str, node: ast.AST) -> str:
    first, last = _span(text, node)
    return _short(text[first:last])


def _short(text: str) -> str:
    return " ".join(text.split())[:70]
