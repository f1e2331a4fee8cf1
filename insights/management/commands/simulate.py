"""`manage.py simulate CHANGES.json --merchant SLUG`: replays a period under a draft; changes nothing but its result."""

from __future__ import annotations

import json
import resource
import time
from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import BadInput, DomainError
from common.quantities import format_money, format_number
from insights.facts import Base, Change, ScenarioInputs
from insights.operations import create_scenario
from insights.queries import scenario
from merchants.facts import Actor, MerchantFacts
from merchants.management.arguments import find_merchant
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from rewards.engine import DefinitionError


class Command(BaseCommand):
    help = "Simulates a draft over past sales and prints what it would have cost."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            help='JSON list of {"kind": "replace" | "add" | "remove", "promotion_id": ..., "definition": {...}}',
        )
        parser.add_argument("--merchant", required=True, help="the merchant's id or short name")
        parser.add_argument("--first", type=date.fromisoformat, help="first business day (default: a year before last)")
        parser.add_argument("--last", type=date.fromisoformat, help="last business day (default: yesterday)")
        parser.add_argument("--base", choices=[base.value for base in Base], default=Base.TODAY.value)
        parser.add_argument("--behaviour", type=int, default=0, help="percent that members would buy more")
        parser.add_argument("--title", default="Command line")

    def handle(self, *args: Any, **options: Any) -> None:
        merchant = find_merchant(options["merchant"])
        today = merchant.day_of(timezone.now())
        last = options["last"] or today - timedelta(days=1)
        inputs = ScenarioInputs(
            title=options["title"],
            base=Base(options["base"]),
            changes=_read_changes(options["file"]),
            first_on=options["first"] or last - timedelta(days=364),
            last_on=last,
            behaviour_percent=options["behaviour"],
        )
        try:
            with merchant_scope(merchant.id):
                actor = Actor(user_id=None, label="simulate")
                made = create_scenario(merchant=merchant, inputs=inputs, at=timezone.now(), actor=actor)
        except BadInput as bad:
            raise CommandError("; ".join(f"{e.pointer}: {e.message}" for e in bad.errors)) from bad
        except DomainError as refusal:
            raise CommandError(f"refused: {refusal.code}") from refusal
        started = time.perf_counter()
        run_jobs(merchant=merchant, clock=timezone.now)
        self._report_result(merchant, made, seconds=time.perf_counter() - started)

    def _report_result(self, merchant: MerchantFacts, made: UUID, *, seconds: float) -> None:
        with merchant_scope(merchant.id):
            found = scenario(merchant=merchant, scenario_id=made)
        if found.result is None:
            raise CommandError(f"the simulation is {found.job.state.value}")
        for name, side in (("base", found.result.base), ("draft", found.result.draft)):
            cost = format_money(side.cost_amount, merchant.currency)
            self.stdout.write(
                f"{name}: cost {cost}, {format_number(side.points)} points, "
                f"{format_number(side.members)} members, {format_number(side.receipts_reached)} receipts reached"
            )
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        speed = found.job.done / max(seconds, 0.001)
        self.stdout.write(
            f"{found.job.done} receipts in {seconds:.1f} s, {speed:.0f} a second, peak memory {memory} MB"
        )


def _read_changes(path: Path) -> tuple[Any, ...]:
    try:
        return tuple(Change.from_json(change) for change in json.loads(path.read_text(encoding="utf-8")))
    except DefinitionError as invalid:
        raise CommandError(f"{path}: {invalid}") from invalid
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path}: {error}") from error
