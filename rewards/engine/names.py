"""When two names mean the same: categories, product codes, tiers, segments, groups and shared codes."""

from functools import lru_cache
from unicodedata import normalize


@lru_cache(maxsize=65536)
def name_key(text: str) -> str:
    """What names are compared by: trimmed, in compatibility form, without upper and lower case.

    A till that writes "ROKOK " means the category "Rokok", so that no exclusion fails over the spelling.
    """
    if text.isascii():
        return text.strip().lower()
    return normalize("NFKC", normalize("NFKC", text).casefold()).strip()
