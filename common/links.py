"""Addresses as people reach them: always PUBLIC_URL, never the Host header, which anyone who asks may write."""

from __future__ import annotations

from django.conf import settings


def public_url(path: str) -> str:
    """Return the whole address of one of the product's own paths (`/members/`)."""
    return f"{settings.PUBLIC_URL}{path}"
