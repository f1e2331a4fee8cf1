"""Which store a form was drawn for: signed into every form of a staff page, read again when it is sent."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.core import signing
from django.http import HttpRequest

STORE_FIELD: Final = "_store"
STORE_HEADER: Final = "X-Store"
SWITCH_FIELD: Final = "_switch"
"""Sent along when the person asks to go over to the form's store and save there."""

_signer: Final = signing.Signer(salt="backoffice.store")


def mark_of(merchant_id: UUID) -> str:
    return _signer.sign(merchant_id.hex)


def marked_store(request: HttpRequest) -> UUID | None:
    """Return the store the form was drawn for, None if it names none. Raises BadSignature for a mark not ours."""
    mark = request.POST.get(STORE_FIELD) or request.headers.get(STORE_HEADER)
    return UUID(_signer.unsign(mark)) if mark else None
