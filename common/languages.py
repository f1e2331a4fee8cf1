"""The language that the person at the screen reads."""

from django.utils.translation import get_language


def reader_language() -> str:
    """Return "id" or "en", whichever is active; "id" where none is."""
    return (get_language() or "id").partition("-")[0]
