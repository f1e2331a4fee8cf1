"""What documents name exists: files, and the functions they place in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.static

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PLACE = re.compile(r"`((?:[a-z_]+/)+[a-z_0-9]+\.(?:py|sql|html))(?:: (\w+))?`")


def missing_places(text: str) -> list[str]:
    """Return the places that a document names and the tree lacks."""
    missing = []
    for place, name in PLACE.findall(text):
        file = next((folder / place for folder in (ROOT, ROOT / "templates") if (folder / place).exists()), None)
        if file is None or (name and not re.search(rf"^(?:def|class) {name}\b", file.read_text(), re.MULTILINE)):
            missing.append(f"{place}: {name}" if name else place)
    return missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_place_that_a_document_names_exists(document: Path) -> None:
    assert missing_places(document.read_text()) == []


def test_a_place_that_is_gone_is_named() -> None:
    text = "See `sales/operations/gone.py`, `merchants/rules.py: may` and `merchants/rules.py: may_not`."
    assert missing_places(text) == ["sales/operations/gone.py", "merchants/rules.py: may_not"]
