"""Does `verify` find what it is there to find? Each plant is made as the tables' owner, looked for and rolled back.

One plant, one transaction: guards and CHECKs of the tables it changes are taken off in it, as anyone who owns them
could, and come back with the rollback. While one runs no one else writes to those tables: not for a busy server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from common.violations import Violation
from loyalty.planted import PLANTS, Plant
from merchants.facts import MerchantFacts
from merchants.tenancy import allow_long_statements, merchant_scope

SECONDS_PER_STATEMENT: Final = 600
_WRITTEN: Final = re.compile(r"\b(?:UPDATE|DELETE FROM|INSERT INTO) ([a-z]+_[a-z]+)\b")


@dataclass(frozen=True)
class SelfTestResult:
    """`violation` names the planted row; None when it was missed. `merchant` None: no shop has such a row."""

    plant: Plant
    merchant: MerchantFacts | None = None
    row_id: str = ""
    violation: Violation | None = None


class _Undo(Exception):
    """Carries what was found out of the transaction that must not be committed."""

    def __init__(self, result: SelfTestResult | None) -> None:
        self.result = result


def plant_all(merchants: Sequence[MerchantFacts], plants: Sequence[Plant] = PLANTS) -> Iterator[SelfTestResult]:
    """Yield one result per plant, at the first of the merchants that has a row for it. Needs the owner's connection."""
    stood: dict[tuple[str, UUID], list[Violation]] = {}
    for plant in plants:
        results = (_plant_one(plant, merchant, stood) for merchant in merchants)
        yield next(filter(None, results), SelfTestResult(plant))


def _plant_one(
    plant: Plant, merchant: MerchantFacts, stood: dict[tuple[str, UUID], list[Violation]]
) -> SelfTestResult | None:
    """Plant one; None when this merchant has no such row. `stood` keeps what was wrong before anything was planted."""
    place = (plant.app, merchant.id)
    if place not in stood:
        stood[place] = _run_verification(plant, merchant)
    before = stood[place]
    try:
        with merchant_scope(merchant.id):
            allow_long_statements(SECONDS_PER_STATEMENT)
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '10s'")
                _take_off_guards(cursor, plant)
                row_id = _plant_row(cursor, plant, merchant)
            if row_id is None:
                raise _Undo(None)
            with _application_role(row_id if plant.serves_as_owner else settings.DATABASE_APP_ROLE):
                found = _invariants_of(plant).verify(merchant=merchant)
            raise _Undo(SelfTestResult(plant, merchant, row_id, _find_new_violation(plant, row_id, found, before)))
    except _Undo as undone:
        return undone.result


def _run_verification(plant: Plant, merchant: MerchantFacts) -> list[Violation]:
    with merchant_scope(merchant.id):
        allow_long_statements(SECONDS_PER_STATEMENT)
        found: list[Violation] = _invariants_of(plant).verify(merchant=merchant)
    return found


@contextmanager
def _application_role(name: str) -> Iterator[None]:
    """Name the role that verify takes for that of tills and pages, until the block ends."""
    kept, settings.DATABASE_APP_ROLE = settings.DATABASE_APP_ROLE, name
    try:
        yield
    finally:
        settings.DATABASE_APP_ROLE = kept


def _invariants_of(plant: Plant) -> Any:
    return import_module(f"{plant.app}.invariants")


def _take_off_guards(cursor: Any, plant: Plant) -> None:
    for table in sorted(set(_WRITTEN.findall(plant.statement))):
        cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s) AND contype = 'c' ORDER BY 1", [table]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')


def _plant_row(cursor: Any, plant: Plant, merchant: MerchantFacts) -> str | None:
    """Plant it; return the id of the row that verify has to name, None when nothing could be changed."""
    statement = plant.statement.replace("{app}", connection.ops.quote_name(settings.DATABASE_APP_ROLE))
    cursor.execute(statement, {"m": merchant.id})
    row = cursor.fetchone()
    return None if row is None or row[0] is None else str(row[0])


def _find_new_violation(plant: Plant, row_id: str, found: list[Violation], before: list[Violation]) -> Violation | None:
    fitting = (
        violation
        for violation in found
        if (violation.invariant, violation.table, violation.row_id) == (plant.invariant, plant.table, row_id)
        and violation not in before
    )
    return next(fitting, None)
