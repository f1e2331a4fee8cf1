"""Whatever the product writes to the audit trail is read there in words, not in codes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from backoffice.audit_words import ACTION_WORDS, SUBJECT_WORDS

ROOT = Path(settings.BASE_DIR)
CODE = re.compile(r"[a-z_]+\.[a-z_]+")
WRITERS = sorted(
    path
    for path in ROOT.glob("*/**/*.py")
    if not {"tests", "migrations", "bench", ".venv", "var"} & set(path.relative_to(ROOT).parts)
    and "audit" in path.read_text(encoding="utf-8")
)


def strings(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def audited(path: Path) -> Iterator[tuple[str, str]]:
    """(action, '') and ('', kind of subject) of each call that leaves an entry, and of actions chosen before it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and "audit" in getattr(node.func, "id", getattr(node.func, "attr", "")):
            for argument in (*node.args, *(k.value for k in node.keywords if k.arg == "action")):
                yield from ((text, "") for text in strings(argument) if CODE.fullmatch(text))
            for keyword in node.keywords:
                if keyword.arg == "subject" and isinstance(keyword.value, ast.Tuple):
                    yield from (("", text) for text in strings(keyword.value.elts[0]))
        elif isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "action" for t in node.targets):
            yield from ((text, "") for text in strings(node.value) if CODE.fullmatch(text))


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_action_and_subject_has_a_word(path: Path) -> None:
    found = set(audited(path))
    assert {action for action, _ in found if action} - set(ACTION_WORDS) == set()
    assert {subject for _, subject in found if subject} - set(SUBJECT_WORDS) == set()


def test_the_scan_sees_what_is_written() -> None:
    seen = {action for path in WRITERS for action, _ in audited(path)}
    assert {"campaign.changed", "reward.added", "members.tagged", "till_key.issued"} <= seen
