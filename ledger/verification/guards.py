"""I1, I21: the guards themselves are in place, on every table, for the role that serves tills and pages."""

from __future__ import annotations

from typing import Final

from ledger.verification.check import Check

CHECKS: Final = (
    Check(
        "I1",
        "pg_class",
        "SELECT c.relname, 'the application role may change this history' FROM pg_class c "
        "WHERE c.relnamespace = 'public'::regnamespace "
        "AND c.relname = ANY(%(history)s) "
        "AND (has_any_column_privilege(%(app_role)s, c.oid, 'UPDATE') "
        "OR has_table_privilege(%(app_role)s, c.oid, 'DELETE') "
        "OR has_table_privilege(%(app_role)s, c.oid, 'TRUNCATE'))",
    ),
    Check(
        "I1",
        "pg_class",
        "SELECT h.name, 'nothing keeps the rows of this history' FROM unnest(%(history)s::text[]) h (name) "
        "WHERE (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = to_regclass(h.name) "
        "AND t.tgname IN ('append_only_row', 'append_only_table')) <> 2",
    ),
    Check(
        "I1",
        "pg_trigger",
        "SELECT c.relname || '.' || t.tgname, 'this guard is switched off' FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace = 'public'::regnamespace "
        "WHERE NOT t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')",
    ),
    Check(
        "I21",
        "pg_class",
        "SELECT c.relname, 'row-level security is not forced' FROM pg_class c "
        "WHERE c.relkind = 'r' AND c.relname = ANY(%(tenant)s) AND c.relnamespace = 'public'::regnamespace "
        "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    ),
)
