"""Every statement of the product on a merchant's table says whose rows it means."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any

from django.apps import apps
from django.conf import settings

from common.models import MerchantOwned
from tests.statement_scopes import unnamed_tables

ROOT = str(settings.BASE_DIR)
TESTS = str(Path(ROOT) / "tests")
_FREE = re.compile(
    r"\s*(SAVEPOINT|RELEASE|ROLLBACK|SET|BEGIN|COMMIT|VACUUM|ANALYZE|LOCK|CREATE|DROP|ALTER)\b", re.IGNORECASE
)
_DOOR = re.compile(r"\s*SET LOCAL [^;]+;")
_VIEW = re.compile(r"CREATE (?:OR REPLACE )?VIEW (\w+)")
_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?s")


@lru_cache(maxsize=1)
def tenant_tables() -> frozenset[str]:
    """Return the tables that a merchant owns, and the views over them that apps publish."""
    tables = {m._meta.db_table for m in apps.get_models() if issubclass(m, MerchantOwned)}
    sources = [*Path(ROOT).glob("*/migrations/*.py"), *Path(ROOT).glob("*/migrations/sql/*.up.sql")]
    return frozenset(tables.union(*(_VIEW.findall(path.read_text()) for path in sources)))


@lru_cache(maxsize=20_000)
def lacking(text: str) -> tuple[str, ...]:
    """Return merchants' tables that this statement touches without naming the merchant; psycopg2's placeholders."""
    tables = tenant_tables()
    text = _DOOR.sub("", text, count=1)
    if _FREE.match(text) or not any(name in text for name in tables):
        return ()
    return unnamed_tables(_PLACEHOLDER.sub("$1", text).replace("%%", "%"), tables)


class MerchantNamed:
    """An execute wrapper that fails a statement of ours on a tenant table that is not held to one merchant."""

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = sql if isinstance(sql, str) else str(sql)
        if (found := lacking(text)) and self._is_ours():
            names = ", ".join(found)
            raise AssertionError(
                f"a statement does not say by merchant_id whose rows of {names} it means: {text[:2000]}"
            )
        return execute(sql, params, many, context)

    @staticmethod
    def _is_ours() -> bool:
        """Return whether product code asked: tests may look wherever they like."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith(ROOT) and "/.venv/" not in name:
                return not name.startswith(TESTS)
            frame = frame.f_back
        return False
