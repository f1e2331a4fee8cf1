"""Which language a till is answered in."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.utils.translation.trans_real import parse_accept_lang_header

# Java and old Android write Indonesian as `in`.
_SPOKEN: Final = {"id": "id", "in": "id", "en": "en"}


def asked_language(accept_language: str, default: str | None = None) -> str:
    """Return 'id' or 'en' by Accept-Language, else the merchant's language, else the product's."""
    try:
        wishes = parse_accept_lang_header(accept_language.lower())
    except ValueError:
        wishes = ()
    for wish, _quality in wishes:
        spoken = _SPOKEN.get(wish.split("-")[0])
        if spoken:
            return spoken
    return default if default is not None and default in _SPOKEN.values() else str(settings.LANGUAGE_CODE)[:2]
