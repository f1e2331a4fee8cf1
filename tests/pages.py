"""Pages as tests read them: without the line breaks that only lay a template out."""

from __future__ import annotations

import re
from typing import Final

KEPT: Final = re.compile(r"(<(textarea|pre|script|style)\b[^>]*>.*?</\2>)", re.DOTALL)
"""Elements in which each white space counts."""


def unfold(page: str) -> str:
    """Return the page's source with no line break between its tags and inside them; what is kept as written stays."""
    parts = KEPT.split(page)
    return "".join(part if place % 3 == 1 else _join_lines(part) for place, part in enumerate(parts) if place % 3 != 2)


def _join_lines(source: str) -> str:
    source = re.sub(r"\s*\n\s*(?=[<>])", "", source)
    source = re.sub(r"(?<=>)\s*\n\s*", "", source)
    return re.sub(r"\s*\n\s*", " ", source)
