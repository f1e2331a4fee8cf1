"""The hashes of sealed blocks outside of the database: one file per merchant in SEAL_DIR, one line per block."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

from django.conf import settings


def seal_file(merchant_id: UUID) -> Path:
    return Path(settings.SEAL_DIR) / f"{merchant_id}.jsonl"


def exported_heads(merchant_id: UUID) -> dict[int, str]:
    """Hash (hex) by number of what the file has; empty without a file. A line that was cut off is passed over."""
    try:
        lines = seal_file(merchant_id).read_text().splitlines()
    except OSError:
        return {}
    heads = {}
    for line in lines:
        try:
            stored = json.loads(line)
            heads[int(stored["number"])] = str(stored["hash"])
        except (ValueError, KeyError, TypeError):
            continue
    return heads
