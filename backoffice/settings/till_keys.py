"""A till and its keys as its card shows them, in the store and in test mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.settings.forms.tills import SCOPES
from backoffice.words import actor_word


def till_card(till: Any, keys: Sequence[Any]) -> dict[str, Any]:
    """Return what both cards show: the till, when it last called, and its keys."""
    words = dict(SCOPES)
    return {
        "id": till.id,
        "name": till.name,
        "outlet": till.outlet.name,
        "zone": till.outlet.timezone,
        "closed_at": till.closed_at,
        "last_seen_at": till.last_seen_at,
        "keys": [
            {
                "id": key.id,
                "dialog_id": f"revoke-{key.prefix}",
                "prefix": key.prefix,
                "created_at": key.created_at,
                "created_by": actor_word(key.created_by),
                "revoked_at": key.revoked_at,
                "scopes": ", ".join(str(words[scope]) for scope in key.scopes if scope in words),
            }
            for key in keys
        ],
    }
