"""`manage.py import_members FILE --merchant SLUG --mapping MAPPING`: a members file into a program."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import BadInput
from imports.files import MEMBER_HEADINGS, MembersMapping, UnreadableFile, read_mapping
from imports.operations import RejectsFile, import_members
from merchants.management.arguments import find_merchant

COLUMNS: Final = ", ".join(aliases[0] for aliases in MEMBER_HEADINGS.values())


class Command(BaseCommand):
    help = "Imports members from a CSV file. Members that are known already are found, so it can be run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8, also .csv.gz, with a header line")
        parser.add_argument("--merchant", required=True, help="the merchant's id or short name")
        parser.add_argument("--mapping", help=f"a JSON file; without it columns are found by heading: {COLUMNS}")
        parser.add_argument("--rejects", type=Path, help="where rejected rows go (default: FILE.rejects.csv)")
        parser.add_argument("--bonus", action="store_true", help="give new members the joining bonus")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        rejects = RejectsFile(options["rejects"] or path.with_name(f"{path.name}.rejects.csv"))
        try:
            given = options["mapping"]
            mapping = read_mapping(MembersMapping, json.loads(Path(given).read_text("utf-8"))) if given else None
            result = import_members(
                path,
                rejects,
                merchant=find_merchant(options["merchant"]),
                mapping=mapping,
                now=timezone.now(),
                with_bonus=options["bonus"],
            )
        except (UnreadableFile, OSError, json.JSONDecodeError) as error:
            raise CommandError(str(error)) from error
        except BadInput as bad:
            raise CommandError("; ".join(f"{e.pointer}: {e.message}" for e in bad.errors)) from bad
        self.stdout.write(
            f"rows {result.rows}, new {result.new}, known {result.known}, rejected {result.rejected}"
            + (f"; under 18, consent not taken: {result.need_guardian}" if result.need_guardian else "")
            + (f"; the rows are in {rejects.path}" if result.rejected else "")
        )
