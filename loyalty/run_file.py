"""var/run.json: what somebody outside needs to drive a running product, secrets included (0600).

    {url, merchants: [{id, name, currency, owner: {email, password}, till_key, outlet}], smtp_dir}

Two merchants: the demo shop and an empty one with the same programme. Passwords and till keys can be read only
when they are made, so a file that stands is kept; where it is missing, new ones are issued.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any


def read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text()) if path.exists() else None


def write(path: Path, *, url: str, merchants: list[dict[str, Any]], smtp_dir: Path | None) -> None:
    facts = {"url": url, "merchants": merchants, "smtp_dir": str(smtp_dir) if smtp_dir else None}
    fresh = path.with_suffix(".fresh")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    fresh.replace(path)


def open_doors(*, now: datetime) -> list[dict[str, Any]]:
    return []
