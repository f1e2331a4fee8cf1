"""`manage.py verify`: proves every invariant on live data, merchant by merchant, and names each row that breaks one."""

from __future__ import annotations

from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from common.errors import Missing
from merchants.facts import MerchantFacts
from merchants.queries import all_merchants, merchant_by_id, merchant_by_slug
from merchants.tenancy import allow_long_statements, merchant_scope

# Apps whose `verification` has `verify(*, merchant) -> list[ledger.facts.Violation]`, and where they like
# `counted(*, merchant) -> dict[table, rows]`. An app that has no such module yet is skipped.
VERIFIED_APPS = ("ledger", "members", "rewards", "sales", "segments", "campaigns", "insights")
SECONDS_PER_STATEMENT = 600


class Command(BaseCommand):
    help = "Prove every invariant on live data; names each row that breaks one and then exits with 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--merchant", help="id or slug of one merchant; all of them when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        merchants = [find_merchant(options["merchant"])] if options["merchant"] else all_merchants()
        broken = sum(self._verify_merchant(merchant) for merchant in merchants)
        if broken:
            raise CommandError(f"{broken} violations in {len(merchants)} merchants", returncode=1)
        self.stdout.write(self.style.SUCCESS(f"verified {len(merchants)} merchants: no violations"))

    def _verify_merchant(self, merchant: MerchantFacts) -> int:
        self.stdout.write(f"{merchant.name} ({merchant.slug}, {merchant.id})")
        broken = 0
        for app, module in verification_modules():
            # One scope per app: a violation in one must not hide those of the next.
            with merchant_scope(merchant.id):
                allow_long_statements(SECONDS_PER_STATEMENT)
                violations = module.verify(merchant=merchant)
                counts = module.counted(merchant=merchant) if hasattr(module, "counted") else {}
            rows = ", ".join(f"{rows} {table}" for table, rows in counts.items())
            self.stdout.write(f"  {app}: {len(violations)} violations" + (f" in {rows}" if rows else ""))
            for v in violations:
                self.stdout.write(self.style.ERROR(f"    {v.invariant} {v.table} {v.row_id}: {v.message}"))
            broken += len(violations)
        return broken


def verification_modules() -> list[tuple[str, ModuleType]]:
    """(app, its verification module) of the apps that have one."""
    names = [(app, f"{app}.verification") for app in VERIFIED_APPS if find_spec(app) is not None]
    return [(app, import_module(name)) for app, name in names if find_spec(name) is not None]


def find_merchant(id_or_slug: str) -> MerchantFacts:
    """Raises CommandError for one that does not exist."""
    try:
        return merchant_by_id(UUID(id_or_slug)) if _is_uuid(id_or_slug) else merchant_by_slug(id_or_slug)
    except Missing as error:
        raise CommandError(f"there is no merchant {id_or_slug!r}") from error


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
