"""The database's catalogue, and every statement that tests run: no rows are touched without their merchant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.models import CompositePrimaryKey

from common.migration_operations import owner_sees_all
from common.models import MerchantOwned, MerchantReference
from merchants.tenancy import ScopeError, merchant_scope, refusable
from tests.sales_shop import open_selling_shop

pytestmark = pytest.mark.django_db

OUR_APPS = (
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
GLOBAL = {"Merchant", "User", "Membership", "TillKey", "DueWork", "Instance"}
"""Read before a merchant is known, or about the installation itself."""

DOORS = {
    "merchants_membership": {"merchant_only", "own_work", "own_invitation"},
    "merchants_tillkey": {"merchant_only", "offered_key"},
    "merchants_duework": {"merchant_only", "timetable", "missing_night"},
}
"""Policies of the tables that are also read before a merchant is known: tests/database/test_doors.py."""

TENANT_MODELS = [m for m in apps.get_models() if m._meta.app_label in OUR_APPS and issubclass(m, MerchantOwned)]
OTHER_MODELS = [m for m in apps.get_models() if m._meta.app_label in OUR_APPS and not issubclass(m, MerchantOwned)]


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def test_what_is_not_a_merchants_is_named() -> None:
    assert {m.__name__ for m in OTHER_MODELS} <= GLOBAL


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda m: m._meta.label)
def test_row_security_is_forced_with_one_policy_for_reading_and_writing(model: type[models.Model]) -> None:
    table = model._meta.db_table
    assert rows(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s AND relkind = 'r'", table
    ) == [(True, True)]
    policies = rows("SELECT qual, with_check FROM pg_policies WHERE tablename = %s", table)
    assert len(policies) == 1
    assert all("app.merchant" in str(part) for part in policies[0])


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda m: m._meta.label)
def test_keys_contain_the_merchant(model: type[models.Model]) -> None:
    assert isinstance(model._meta.pk, CompositePrimaryKey)
    unique = rows(
        "SELECT i.relname, pg_get_indexdef(x.indexrelid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
        "JOIN pg_class t ON t.oid = x.indrelid WHERE t.relname = %s AND x.indisunique",
        model._meta.db_table,
    )
    assert [name for name, definition in unique if "(merchant_id" not in definition] == []


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda m: m._meta.label)
def test_every_reference_is_a_composite_foreign_key(model: type[models.Model]) -> None:
    found = {
        definition
        for (definition,) in rows(
            "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid "
            "WHERE t.relname = %s AND c.contype = 'f'",
            model._meta.db_table,
        )
    }
    for reference in [f for f in model._meta.get_fields() if isinstance(f, MerchantReference)]:
        wanted = f"FOREIGN KEY (merchant_id, {reference.id_field}) REFERENCES"
        assert any(definition.startswith(wanted) for definition in found), (reference, found)
    assert not list(model._meta.local_many_to_many)


def test_views_look_with_the_readers_eyes() -> None:
    views = rows(
        "SELECT relname, coalesce(array_to_string(reloptions, ','), '') FROM pg_class "
        "WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace"
    )
    assert views
    assert [name for name, options in views if "security_invoker=true" not in options] == []


def test_what_a_merchant_owns_beside_them_has_doors_of_its_own() -> None:
    with_merchant = {
        m._meta.db_table for m in OTHER_MODELS if any(f.column == "merchant_id" for f in m._meta.concrete_fields)
    }
    assert with_merchant == set(DOORS)
    for table, policies in DOORS.items():
        assert rows("SELECT relforcerowsecurity FROM pg_class WHERE relname = %s", table) == [(True,)]
        found = rows(
            "SELECT policyname, coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies WHERE tablename = %s",
            table,
        )
        assert {name for name, _ in found} == policies
        assert [name for name, text in found if "current_setting('app." not in text] == []


def test_one_function_runs_as_the_owner_and_finds_no_other_names() -> None:
    """It analyzes tables of ours; only the application role may call it."""
    found = rows(
        "SELECT proname, proconfig, has_function_privilege(%s, oid, 'EXECUTE'), proacl::text FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace AND prosecdef",
        settings.DATABASE_APP_ROLE,
    )
    [(name, config, may_call, rights)] = found
    assert (name, config, may_call) == ("refresh_statistics", ["search_path=pg_catalog, pg_temp"], True)
    assert not [right for right in rights.strip("{}").split(",") if right.startswith("=")], "not everybody"


def test_nothing_listens_to_models() -> None:
    """No signals of ours: the next step is called by name where it happens."""
    ours = [
        name
        for signal in (models.signals.pre_save, models.signals.post_save, models.signals.post_delete)
        for _, receiver, *_ in signal.receivers
        if (name := getattr(receiver() if callable(receiver) else receiver, "__module__", "")).split(".")[0] in OUR_APPS
    ]
    assert ours == []


def test_no_save_is_overridden() -> None:
    assert [m._meta.label for m in TENANT_MODELS if "save" in vars(m)] == []


def test_scopes_do_not_nest_and_work_needs_one() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id), pytest.raises(ScopeError), merchant_scope(shop.merchant.id):
        pass
    with pytest.raises(ScopeError), refusable():
        pass


def test_the_scope_ends_with_its_transaction() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        assert rows("SELECT count(*) FROM merchants_outlet") == [(1,)]
    assert rows("SELECT count(*) FROM merchants_outlet") == [(0,)]


def test_a_reference_takes_only_objects_of_the_same_merchant() -> None:
    """And never touches the merchant of the row, which plain ForeignObject would."""
    from merchants.models import Outlet, Till  # noqa: PLC0415

    ours, theirs = open_selling_shop("Ours"), open_selling_shop("Theirs")
    foreign = Outlet(merchant_id=theirs.merchant.id, name="X", timezone="UTC")
    till: Any = Till(merchant_id=ours.merchant.id, name="Y")
    with pytest.raises(ValueError, match="another merchant"):
        till.outlet = foreign
    till.outlet = None
    assert (till.merchant_id, till.outlet_id) == (ours.merchant.id, None)


def test_source_has_no_rooms_of_requirement() -> None:
    """No utils, no helpers: a module's name says what is inside."""
    root = Path(settings.BASE_DIR)
    named = [p for app in (*OUR_APPS, "common", "backoffice") for p in (root / app).rglob("*.py")]
    assert [p.name for p in named if p.stem in {"utils", "helpers", "misc"}] == []
    assert owner_sees_all.__doc__


def test_a_statement_of_ours_without_its_merchant_would_fail_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wrapper of tests/conftest.py at work: run as product code, the statement without a merchant fails."""
    monkeypatch.setattr("tests.statements.MerchantNamed._is_ours", lambda self: True)
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id), pytest.raises(AssertionError, match="whose rows of sales_sale"):
        rows("SELECT count(*) FROM sales_sale")
