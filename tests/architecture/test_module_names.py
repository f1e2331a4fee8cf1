"""A module is named by a noun: `enrolments.py` holds enrolments, `enrolling.py` would be something that goes on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

pytestmark = pytest.mark.static

ROOT: Final = Path(settings.BASE_DIR)
NOT_OURS: Final = frozenset({".venv", "node_modules", "var", "tests", "migrations"})
NOUNS: Final = {
    "listing": "the list page of a kind of record",
    "mapping": "which column of a file is which of our fields",
    "missing": "views of addresses that do not exist",
    "wording": "sentences in the reader's language",
}
"""Words that end in -ing and are right as they are."""


def gerunds(root: Path) -> list[str]:
    """Return the modules that are named by what goes on in them: `redeeming`, `taking_back`, but not `waiting_card`."""
    found = []
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if NOT_OURS & set(place.parts):
            continue
        word = re.sub(r"_(back|in|out|up)$", "", path.stem).rpartition("_")[2]
        if re.fullmatch(r"\w{2,}ing", word) and word not in NOUNS:
            found.append(str(place))
    return found


def test_a_module_is_named_by_a_noun() -> None:
    assert gerunds(ROOT) == []


def test_each_exception_is_needed() -> None:
    words = {path.stem.rpartition("_")[2] for path in ROOT.rglob("*.py") if not NOT_OURS & set(path.parts)}
    assert set(NOUNS) <= words


def test_a_gerund_is_found(tmp_path: Path) -> None:
    for name in ("redeeming.py", "taking_back.py", "wording.py", "rings.py", "waiting_card.py"):
        (tmp_path / name).touch()
    assert gerunds(tmp_path) == ["redeeming.py", "taking_back.py"]
