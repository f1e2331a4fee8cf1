"""Every statement of the product on a merchant's table says whose rows it means."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from django.apps import apps
from django.conf import settings

from common.models import MerchantOwned

ROOT = str(settings.BASE_DIR)
TESTS = str(Path(ROOT) / "tests")
_FREE = re.compile(
    r"\s*(SAVEPOINT|RELEASE|ROLLBACK|SET|BEGIN|COMMIT|VACUUM|ANALYZE|LOCK|CREATE|DROP|ALTER)", re.IGNORECASE
)
_CATALOGUE = re.compile(r"\bpg_(class|tables|indexes|policies|constraint)\b")


def tenant_tables() -> re.Pattern[str]:
    names = sorted(m._meta.db_table for m in apps.get_models() if issubclass(m, MerchantOwned))
    return re.compile(rf"\b({'|'.join(names)})\b")


class MerchantNamed:
    """An execute wrapper that fails a statement of ours on a tenant table without `merchant_id`."""

    def __init__(self) -> None:
        self.tables = tenant_tables()

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = sql if isinstance(sql, str) else str(sql)
        if "merchant_id" not in text and self._reads_rows(text) and self._is_ours():
            raise AssertionError(f"a statement on a merchant's table lacks merchant_id: {text[:400]}")
        return execute(sql, params, many, context)

    def _reads_rows(self, text: str) -> bool:
        return bool(self.tables.search(text)) and not _FREE.match(text) and not _CATALOGUE.search(text)

    @staticmethod
    def _is_ours() -> bool:
        """Whether product code asked: tests may look wherever they like."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith(ROOT) and "/.venv/" not in name:
                return not name.startswith(TESTS)
            frame = frame.f_back
        return False
