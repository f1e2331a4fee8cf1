"""`manage.py import_products FILE --merchant SLUG`: products, list prices and costs into a merchant's assortment."""

from __future__ import annotations

from argparse import ArgumentParser
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from imports.files import UnreadableFile
from imports.operations import COLUMNS, RejectsFile, read_products
from merchants.facts import Actor
from merchants.management.arguments import find_merchant
from merchants.tenancy import allow_long_statements, merchant_scope
from products.operations import save_products

CHUNK: Final = 2_000
STATEMENT_SECONDS: Final = 120


class Command(BaseCommand):
    help = "Imports products from a CSV file. What is known already is completed, so it can be run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=f"CSV in UTF-8, also .csv.gz; columns: {', '.join(COLUMNS)}")
        parser.add_argument("--merchant", required=True, help="the merchant's id or short name")
        parser.add_argument("--rejects", type=Path, help="where rejected rows go (default: FILE.rejects.csv)")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        merchant, now = find_merchant(options["merchant"]), timezone.now()
        today = merchant.day_of(now)
        rejects = RejectsFile(options["rejects"] or path.with_name(f"{path.name}.rejects.csv"))
        try:
            found = read_products(path, merchant=merchant)
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        for reject in found.rejects:
            rejects.add(reject)
        rejects.close()
        created = changed = unchanged = costs = 0
        drafts = iter(found.drafts)
        while chunk := list(islice(drafts, CHUNK)):
            with merchant_scope(merchant.id):
                allow_long_statements(STATEMENT_SECONDS)
                saved = save_products(
                    merchant=merchant,
                    drafts=chunk,
                    today=today,
                    at=now,
                    actor=Actor(user_id=None, label="import_products"),
                )
            created += saved.created
            changed += saved.changed
            unchanged += saved.unchanged
            costs += saved.costs_added
        self.stdout.write(
            f"rows {found.rows}, new products {created}, changed {changed}, unchanged {unchanged}, "
            f"costs added {costs}, rejected {len(found.rejects)}"
            + (f"; the rows are in {rejects.path}" if found.rejects else "")
        )
