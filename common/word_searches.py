"""Finding rows by the words of a title, in whatever order they were typed."""

from __future__ import annotations

from functools import reduce
from operator import and_

from django.db.models import Q

from common.text import clean_line, is_printable


def holds_words(field: str, text: str) -> Q:
    """Return the condition that the field has every word of `text`, in any case; of all without a word."""
    words = "".join(symbol for symbol in clean_line(text) if is_printable(symbol)).split()
    return reduce(and_, [Q(**{f"{field}__icontains": word}) for word in words], Q())
