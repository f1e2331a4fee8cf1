"""When a till was last heard of: written at most once a minute per process, outside every till's transaction."""

from __future__ import annotations

import threading
import time
from typing import Final
from uuid import UUID

from django.db import Error
from django.utils import timezone

from merchants.facts import TillCredential
from merchants.operations import note_till_seen
from merchants.tenancy import lock_patience, merchant_scope
from pos_integration.retries import BRIEF_MS

EVERY_SECONDS: Final = 60.0

_noted: dict[tuple[UUID, UUID], float] = {}
_lock = threading.Lock()


def note_seen(credential: TillCredential) -> None:
    """Note that the till was seen; it never waits or fails for it."""
    now = time.monotonic()
    till = (credential.merchant.id, credential.till_id)  # a till of a sandbox has the id of the shop's
    with _lock:
        if now - _noted.get(till, -EVERY_SECONDS) < EVERY_SECONDS:
            return
        _noted[till] = now
    try:
        with lock_patience(BRIEF_MS), merchant_scope(credential.merchant.id):
            note_till_seen(credential=credential, at=timezone.now())
    except Error:
        with _lock:
            _noted.pop(till, None)
