"""`manage.py import_sales FILE --merchant SLUG --mapping MAPPING`: a sales file into a merchant's history."""

from __future__ import annotations

import json
import resource
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from common.errors import BadInput
from imports.files import PRESETS, SalesMapping, UnreadableFile, read_mapping
from imports.operations import ImportResult, RejectsFile, SalesImport
from merchants.facts import MerchantFacts, TillFacts
from merchants.management.arguments import find_merchant
from merchants.operations import import_till
from merchants.queries import all_outlets
from merchants.tenancy import merchant_scope


class Command(BaseCommand):
    help = "Imports sales from a CSV file. Receipts that are known already are skipped, so it can be run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8, also .csv.gz, with a header line")
        parser.add_argument("--merchant", required=True, help="the merchant's id or short name")
        parser.add_argument(
            "--mapping", required=True, help=f"a JSON file that names the columns, or one of: {', '.join(PRESETS)}"
        )
        parser.add_argument("--outlet", help="name of the outlet the sales belong to (default: the first)")
        parser.add_argument("--rejects", type=Path, help="where rejected rows go (default: FILE.rejects.csv)")
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        merchant = find_merchant(options["merchant"])
        mapping = find_mapping(options["mapping"])
        till = open_import_till(merchant, options["outlet"])
        rejects = RejectsFile(options["rejects"] or path.with_name(f"{path.name}.rejects.csv"))
        started = time.monotonic()
        with tqdm(unit=" lines", unit_scale=True, disable=options["quiet"], file=sys.stderr) as bar:
            run = SalesImport(merchant=merchant, till=till, mapping=mapping, now=timezone.now(), progress=bar.update)
            try:
                result = run.run(path, rejects)
            except UnreadableFile as error:
                raise CommandError(str(error)) from error
        self._report_result(result, rejects, seconds=time.monotonic() - started)

    def _report_result(self, result: ImportResult, rejects: RejectsFile, *, seconds: float) -> None:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.stdout.write(
            f"lines {result.lines}, new sales {result.new_sales}, already known {result.known_receipts}, "
            f"new members {result.new_members}, units returned {result.returned_units}, "
            f"returns without a sale {result.unmatched_lines}, ignored lines {result.ignored_lines}, "
            f"prices rounded {result.rounded_prices}, rejected {result.rejected}"
        )
        if result.rejected:
            counts = ", ".join(f"{name} {count}" for name, count in sorted(result.reasons.items()))
            self.stdout.write(f"rejected by field: {counts}; the rows are in {rejects.path}")
        self.stdout.write(f"{result.lines / max(seconds, 0.001):.0f} lines a second, peak memory {memory:.0f} MB")


def find_mapping(text: str) -> SalesMapping:
    """Return a preset by name, or the mapping of a JSON file; raises CommandError naming what is wrong with it."""
    if text in PRESETS:
        return read_mapping(SalesMapping, PRESETS[text])
    path = Path(text)
    if not path.is_file():
        raise CommandError(f"There is no mapping {text}: name a JSON file or one of {', '.join(PRESETS)}.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise CommandError(f"{path}: a mapping is a JSON object of field names and column names.")
        return read_mapping(SalesMapping, data)
    except ValueError as error:
        raise CommandError(f"{path} is not JSON: {error}") from error
    except BadInput as bad:
        lines = "; ".join(f"{e.pointer}: {e.message}" for e in bad.errors)
        raise CommandError(f"{path}: {lines}") from bad


def open_import_till(merchant: MerchantFacts, outlet_name: str | None) -> TillFacts:
    """Return the import till of the outlet of that name, without a name of the oldest one; raises CommandError.

    The oldest stays the oldest: a file that comes again finds the sales that it brought.
    """
    with merchant_scope(merchant.id):
        known = all_outlets(merchant=merchant)
        oldest_first = sorted(known, key=lambda one: one.id)
        chosen = next((o for o in oldest_first if outlet_name in {None, o.name}), None)
        if chosen is None:
            raise CommandError(f"There is no outlet {outlet_name}. There are: {', '.join(o.name for o in known)}.")
        till_id = import_till(merchant=merchant, outlet_id=chosen.id, at=timezone.now())
    return TillFacts(id=till_id, name="Import", outlet=chosen, merchant=merchant, scopes=frozenset())
