"""Docstrings, comments and documents say things in plain words: many readers' first language is Indonesian."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

pytestmark = pytest.mark.static

ROOT: Final = Path(settings.BASE_DIR)
NOT_OURS: Final = frozenset({".venv", "node_modules", "var", "migrations"})
RETIRED: Final = {
    "nobody": "no one, or a sentence that names what happens",
    "somebody": "someone, a person",
    "whoever": "anyone who, those who",
    "anew": "again",
    "afresh": "again",
    "mend": "fix",
    "mends": "fixes",
    "mended": "fixed",
    "stands": "is, is left, means",
    "told": "gets, learns, is shown, is recognized",
    "what came of it": "the result",
}
"""Words that are no longer written, and what is written instead."""
COMMENTS: Final = {
    "*/migrations/sql/*.sql": re.compile(r"--.*"),
    "static/js/*.js": re.compile(r"//.*|/\*.*?\*/", re.DOTALL),
    "static/css/*.css": re.compile(r"/\*.*?\*/", re.DOTALL),
}
"""Files whose comments are read, with the shape of a comment."""
WORDS: Final = re.compile(rf"(?<!`)\b({'|'.join(RETIRED)})\b(?!`)", re.IGNORECASE)


def prose_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each docstring and comment of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def texts() -> Iterator[tuple[str, str]]:
    """Yield place and text of all prose."""
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT)
        if NOT_OURS & set(place.parts):
            continue
        for line, text in prose_of(path.read_text(encoding="utf-8")):
            yield f"{place}:{line}", text
    for pattern, comment in COMMENTS.items():
        for path in sorted(ROOT.glob(pattern)):
            for found in comment.finditer(path.read_text(encoding="utf-8")):
                yield str(path.relative_to(ROOT)), found.group()
    for path in sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_retired_words_are_not_written() -> None:
    found = [f"{place}: {match.group()}" for place, text in texts() for match in WORDS.finditer(text)]
    assert not found, RETIRED


@pytest.mark.parametrize("source", ['def f():\n    """Nobody waits."""\n', "x = 1  # counted anew\n"])
def test_a_retired_word_is_found(source: str) -> None:
    assert [WORDS.search(text) is not None for _, text in prose_of(source)] == [True]
