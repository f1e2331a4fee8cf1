"""`manage.py verify`: proves every invariant on live data, merchant by merchant, and names each row that breaks one.

Each finding comes with what to do about it. `--repair NAME` carries out what is safe and mechanical; `--self-test`
plants corruptions, one after the other, and shows that each is found.
"""

from __future__ import annotations

from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from loyalty.repairs import REPAIRS, Repair, advice_for
from loyalty.self_test import SelfTestResult, plant_all
from merchants.facts import MerchantFacts
from merchants.management.arguments import find_merchant
from merchants.queries import all_merchants, sample_merchant
from merchants.tenancy import allow_long_statements, lock_patience, merchant_scope

# Apps whose `invariants` has `verify(*, merchant) -> list[ledger.facts.Violation]`, and where they like
# `counted(*, merchant) -> dict[table, rows]`. An app that has no such module yet is skipped.
VERIFIED_APPS = (
    "merchants",
    "products",
    "ledger",
    "members",
    "messaging",
    "rewards",
    "sales",
    "segments",
    "campaigns",
    "insights",
    "people",
)
SECONDS_PER_STATEMENT = 600
LOCK_MILLISECONDS = 60_000
"""A proof is in no hurry: a vacuum that gives a table's end back holds even readers up for an instant."""


class Command(BaseCommand):
    help = "Prove every invariant on live data; names each row that breaks one and then exits with 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--merchant", action="append", help="id or slug of a merchant; all of them when left out")
        parser.add_argument("--self-test", action="store_true", help="plant corruptions and find them, undoing each")
        parser.add_argument("--repair", choices=sorted(REPAIRS), help="; ".join(r.help for r in REPAIRS.values()))

    def handle(self, *args: Any, **options: Any) -> None:
        named = [options["merchant"]] if isinstance(options["merchant"], str) else options["merchant"] or []
        merchants = [find_merchant(name) for name in named] or all_merchants()
        if options["self_test"]:
            self._test_itself(merchants if options["merchant"] else _sample_shop())
            return
        if options["repair"]:
            self._repair_merchants(REPAIRS[options["repair"]], merchants)
            return
        broken = sum(self._verify_merchant(merchant) for merchant in merchants)
        if broken:
            raise CommandError(f"{broken} violations in {len(merchants)} merchants", returncode=1)
        self.stdout.write(self.style.SUCCESS(f"verified {len(merchants)} merchants: no violations"))

    def _test_itself(self, merchants: list[MerchantFacts]) -> None:
        if not merchants:
            raise CommandError("there is no sample shop: say with --merchant where to plant; every plant is undone")
        results = []
        for result in plant_all(merchants):
            results.append(result)
            self.stdout.write(_line_of(result))
        planted = [result for result in results if result.merchant]
        missed = [result for result in planted if not result.violation]
        summary = (
            f"{len(planted)} planted, {len(planted) - len(missed)} found, {len(results) - len(planted)} without a row"
        )
        if missed or not planted:
            raise CommandError(f"{summary}; {len(missed)} MISSED", returncode=1)
        self.stdout.write(self.style.SUCCESS(summary))

    def _repair_merchants(self, repair: Repair, merchants: list[MerchantFacts]) -> None:
        for merchant in merchants:
            with merchant_scope(merchant.id):
                allow_long_statements(SECONDS_PER_STATEMENT)
                mended = repair.carry_out(merchant=merchant, at=timezone.now())
            self.stdout.write(f"{merchant.name} ({merchant.slug}): {repair.said.format(mended)}")

    def _verify_merchant(self, merchant: MerchantFacts) -> int:
        self.stdout.write(f"{merchant.name} ({merchant.slug}, {merchant.id})")
        broken = 0
        for app, module in verification_modules():
            # One scope per app: a violation in one must not hide those of the next.
            with lock_patience(LOCK_MILLISECONDS), merchant_scope(merchant.id):
                allow_long_statements(SECONDS_PER_STATEMENT)
                violations = module.verify(merchant=merchant)
                counts = module.counted(merchant=merchant) if hasattr(module, "counted") else {}
            rows = ", ".join(f"{rows} {table}" for table, rows in counts.items())
            self.stdout.write(f"  {app}: {len(violations)} violations" + (f" in {rows}" if rows else ""))
            for v in violations:
                self.stdout.write(self.style.ERROR(f"    {v.invariant} {v.table} {v.row_id}: {v.message}"))
            for advice in dict.fromkeys(advice_for(v) for v in violations):
                self.stdout.write(f"      {advice}")
            broken += len(violations)
        return broken


def _sample_shop() -> list[MerchantFacts]:
    found = sample_merchant()
    return [found] if found else []


def _line_of(result: SelfTestResult) -> str:
    plant = result.plant
    if result.merchant is None:
        return f"  no row   {plant.name}: none of these shops has one"
    if result.violation is None:
        return f"  MISSED   {plant.name}: {plant.invariant} {plant.table} {result.row_id} at {result.merchant.slug}"
    return f"  found    {plant.name}: {plant.invariant} {plant.table} {result.row_id}: {result.violation.message}"


def verification_modules() -> list[tuple[str, ModuleType]]:
    """Return (app, its module of invariants) of the apps that have one."""
    names = [(app, f"{app}.invariants") for app in VERIFIED_APPS if find_spec(app) is not None]
    return [(app, import_module(name)) for app, name in names if find_spec(name) is not None]
