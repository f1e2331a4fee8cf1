"""When two names mean the same: categories, product codes, tiers, segments, groups and shared codes."""

from functools import lru_cache

from common.text import comparison_key


@lru_cache(maxsize=65536)
def name_key(text: str) -> str:
    """Return what names are compared by: a till that writes "ROKOK " means the category "Rokok".

    A cart has the same few names again and again, so that each is worked out once per process.
    """
    return comparison_key(text)
