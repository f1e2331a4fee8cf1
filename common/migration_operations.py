"""Migration operations that protect merchant-owned tables.

Row-level security, grants and composite keys are part of the schema: they live in migrations, beside the tables.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import RunSQL

from common.models import MerchantReference

CURRENT_MERCHANT = "(SELECT nullif(current_setting('app.merchant', true), '')::uuid)"


class GrantAppRole(Operation):
    """Lets the application role read and write tables, now and later; it owns nothing."""

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
        rights = "SELECT, INSERT, UPDATE, DELETE"
        for statement in (
            f"GRANT USAGE ON SCHEMA public TO {role}",
            f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {role}",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON TABLES TO {role}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        ):
            schema_editor.execute(statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        pass

    def describe(self) -> str:
        return "Grant the application role its rights"


class LimitAppRole(Operation):
    """Takes the list of migrations, which a start compares with the code, from what the application role may write.

    Tables are analyzed by the owner's function, which the role may call: MAINTAIN would let it do much more.
    """

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
        schema_editor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}")
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION refresh_statistics(text) TO {role}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
        schema_editor.execute(f"GRANT INSERT, UPDATE, DELETE ON django_migrations TO {role}")

    def describe(self) -> str:
        return "Let the application role analyze tables, and not write the list of migrations"


class ProtectTenantTables(Operation):
    """Forces row-level security on the named models and adds the composite foreign keys of their references.

    `append_only` models lose UPDATE, DELETE and TRUNCATE for the application role and refuse them by trigger
    for everybody, the owner included.
    """

    reversible = True

    def __init__(self, models: Sequence[str], append_only: Sequence[str] = ()) -> None:
        self.models = list(models)
        self.append_only = list(append_only)

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for name in self.models:
            model = to_state.apps.get_model(app_label, name)
            protect_rows(schema_editor, model._meta.db_table)
            add_composite_keys(schema_editor, model)
            if name in self.append_only:
                forbid_changes(schema_editor, model._meta.db_table)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for name in reversed(self.models):
            model = from_state.apps.get_model(app_label, name)
            if name in self.append_only:
                allow_changes(schema_editor, model._meta.db_table)
            drop_composite_keys(schema_editor, model)
            unprotect_rows(schema_editor, model._meta.db_table)

    def describe(self) -> str:
        return f"Row-level security and composite keys for {', '.join(self.models)}"


class AllowErasing(Operation):
    """Lets the application role empty the named text columns of an append-only model, and take keys out of JSON ones.

    For the erasure of a person; what else is changed is refused as before (`refuse_change_of_history`).
    """

    reversible = True

    def __init__(self, model: str, columns: Sequence[str]) -> None:
        self.model = model
        self.columns = list(columns)

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
        names = ", ".join(f'"{column}"' for column in self.columns)
        schema_editor.execute(f'GRANT UPDATE ({names}) ON "{table}" TO {role}')
        _guard_rows(schema_editor, table, self.columns)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = from_state.apps.get_model(app_label, self.model)._meta.db_table
        role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
        names = ", ".join(f'"{column}"' for column in self.columns)
        schema_editor.execute(f'REVOKE UPDATE ({names}) ON "{table}" FROM {role}')
        _guard_rows(schema_editor, table, ())

    def describe(self) -> str:
        return f"Let erasure empty {', '.join(self.columns)} of {self.model}"


def _guard_rows(schema_editor: Any, table: str, erasable: Sequence[str]) -> None:
    """Put the guard of history on the table again, with the columns that it lets be emptied."""
    given = ", ".join(f"'{column}'" for column in erasable)
    schema_editor.execute(f'DROP TRIGGER append_only_row ON "{table}"')
    schema_editor.execute(
        f'CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON "{table}" '
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history({given})"
    )


def protect_rows(schema_editor: Any, table: str) -> None:
    """Protect a table: only rows of the merchant in scope are seen or written; without a scope none are."""
    schema_editor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    schema_editor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    schema_editor.execute(
        f'CREATE POLICY merchant_only ON "{table}" USING (merchant_id = {CURRENT_MERCHANT}) '
        f"WITH CHECK (merchant_id = {CURRENT_MERCHANT})"
    )


def unprotect_rows(schema_editor: Any, table: str) -> None:
    """Undo `protect_rows`."""
    schema_editor.execute(f'DROP POLICY IF EXISTS merchant_only ON "{table}"')
    schema_editor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
    schema_editor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')


def add_composite_keys(schema_editor: Any, model: Any) -> None:
    """Add (merchant_id, x_id) -> (merchant_id, id) for each reference; rows without one refer to the merchant."""
    table = model._meta.db_table
    references = [f for f in model._meta.get_fields() if isinstance(f, MerchantReference)]
    for reference in references:
        column = model._meta.get_field(reference.id_field).column
        target = reference.remote_field.model._meta.db_table
        schema_editor.execute(
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{column}_fk" FOREIGN KEY (merchant_id, "{column}") '
            f'REFERENCES "{target}" (merchant_id, id) DEFERRABLE INITIALLY DEFERRED'
        )
        if reference.indexed:
            schema_editor.execute(f'CREATE INDEX "{table}_{column}_ix" ON "{table}" (merchant_id, "{column}")')
    if not any(not reference.null for reference in references):
        schema_editor.execute(
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_merchant_fk" FOREIGN KEY (merchant_id) '
            "REFERENCES merchants_merchant (id) DEFERRABLE INITIALLY DEFERRED"
        )


def drop_composite_keys(schema_editor: Any, model: Any) -> None:
    """Undo `add_composite_keys`; a key that a later migration replaced is left to that migration."""
    table = model._meta.db_table
    for reference in (f for f in model._meta.get_fields() if isinstance(f, MerchantReference)):
        column = model._meta.get_field(reference.id_field).column
        schema_editor.execute(f'DROP INDEX IF EXISTS "{table}_{column}_ix"')
        schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{table}_{column}_fk"')
    schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{table}_merchant_fk"')


def forbid_changes(schema_editor: Any, table: str) -> None:
    """Forbid changes of history: no grant to change rows, and a trigger that refuses a role that has the grant."""
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {role}')
    schema_editor.execute(
        f'CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON "{table}" '
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history()"
    )
    schema_editor.execute(
        f'CREATE TRIGGER append_only_table BEFORE TRUNCATE ON "{table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()"
    )


def allow_changes(schema_editor: Any, table: str) -> None:
    """Undo `forbid_changes`: the application role has again what it has on every new table."""
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f'DROP TRIGGER append_only_table ON "{table}"')
    schema_editor.execute(f'DROP TRIGGER append_only_row ON "{table}"')
    schema_editor.execute(f'GRANT UPDATE, DELETE ON "{table}" TO {role}')


@lru_cache(maxsize=1)
def history_tables() -> list[str]:
    """Return every table that migrations made append-only, by its name."""
    loaded = MigrationLoader(None).disk_migrations
    return sorted(
        f"{app}_{name.lower()}"
        for (app, _), migration in loaded.items()
        for operation in migration.operations
        if isinstance(operation, ProtectTenantTables)
        for name in operation.append_only
    )


def sql_file(name: str) -> RunSQL:
    """Return the operation for `migrations/sql/<name>.up.sql` and its `.down.sql` beside the calling migration."""
    caller = sys._getframe(1).f_code.co_filename  # inspect.stack() reads the source of every caller, half a second
    folder = Path(caller).parent / "sql"
    return RunSQL((folder / f"{name}.up.sql").read_text(), (folder / f"{name}.down.sql").read_text())


def owner_sees_all(tables: Sequence[str], work: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Return a RunPython body that works across merchants: FORCE is lifted from `tables` and restored afterwards.

    All in the migration's one transaction, so no one else ever meets the tables unprotected: the application
    role stays bound by the policies throughout, only the owner is let through.
    """

    def run(apps: Any, schema_editor: Any) -> None:
        for table in tables:
            schema_editor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
        work(apps, schema_editor)
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            schema_editor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')

    return run
