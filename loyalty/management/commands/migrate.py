"""Django's `migrate`, without rendering all models again for each index and constraint."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from common.migration_states import few_models_rendered


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with few_models_rendered():
            super().handle(*args, **options)
