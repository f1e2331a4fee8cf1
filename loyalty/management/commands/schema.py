"""The way back after an upgrade: which migrations this version ends at, and how the database gets there.

python manage.py schema > before.txt             (the version to return to)
python manage.py schema --return-to before.txt   (the newer version, as the owner role)
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from common.migration_states import few_models_rendered

Target = tuple[str, str | None]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--return-to", type=Path, help="a list that an older version printed")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["return_to"] is None:
            loader = MigrationLoader(None)
            for app, name in sorted(loader.graph.leaf_nodes()):
                self.stdout.write(f"{app} {name}")
            return
        undone = return_to(_read_targets(options["return_to"]))
        for app, name in undone:
            self.stdout.write(f"undone {app}.{name}")
        self.stdout.write(f"{len(undone)} migrations undone; now start the older version")


def return_to(targets: list[Target]) -> list[tuple[str, str]]:
    """Undo what came after `targets`, newest first. CommandError for a list that is not of an older version."""
    executor = MigrationExecutor(connection)
    unknown = [f"{app}.{name}" for app, name in targets if (app, name) not in executor.loader.graph.nodes]
    if unknown:
        raise CommandError(
            f"this version does not know {', '.join(unknown)}: run it with the newer of the two versions"
        )
    listed = {app for app, _ in targets}
    added: list[Target] = [(app, None) for app in sorted(executor.loader.migrated_apps - listed)]
    plan = executor.migration_plan([*added, *targets])
    if any(not backwards for _, backwards in plan):
        raise CommandError("the list is of a version that is newer than the database: use migrate")
    if plan:
        with few_models_rendered():
            executor.migrate([*added, *targets], plan)
    return [(migration.app_label, migration.name) for migration, _ in plan]


def _read_targets(path: Path) -> list[Target]:
    try:
        lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    if not lines or any(len(words) != 2 for words in lines):
        raise CommandError(f"{path} is not what `manage.py schema` prints: each line has an app and a migration")
    return [(app, name) for app, name in lines]
