"""I1, I21: the guards themselves are in place, on every table, for the role that serves tills and pages.

Anyone who owns the tables could open them for good without changing a row: what they could open is looked at here.
"""

from __future__ import annotations

from typing import Final

from ledger.invariants.check import Check

# The policies beside `merchant_only`, whole, as PostgreSQL 18 writes them down: see decision 0022.
_OF_PEOPLE: Final = (
    "(user_id = ANY ((( SELECT NULLIF(current_setting('app.people'::text, true), ''::text) AS \"nullif\"))::uuid[]))"
)
_OF_INVITATION: Final = f"((NOT is_active) AND (invited_at IS NOT NULL) AND {_OF_PEOPLE})"
_OF_KEY: Final = (
    "((prefix)::text = ( SELECT NULLIF(current_setting('app.till_key'::text, true), ''::text) AS \"nullif\"))"
)
_OF_TIMETABLE: Final = "(( SELECT current_setting('app.timetable'::text, true) AS current_setting) = 'on'::text)"
_OF_NIGHT: Final = f"({_OF_TIMETABLE} AND ((kind)::text = 'night'::text) AND (attempts = 0))"
_DOORS: Final = (
    f"VALUES ('merchants_membership', 'own_work', 'SELECT', $${_OF_PEOPLE}$$, ''), "
    f"('merchants_membership', 'own_invitation', 'UPDATE', $${_OF_INVITATION}$$, $${_OF_INVITATION}$$), "
    f"('merchants_tillkey', 'offered_key', 'SELECT', $${_OF_KEY}$$, ''), "
    f"('merchants_duework', 'timetable', 'SELECT', $${_OF_TIMETABLE}$$, ''), "
    f"('merchants_duework', 'missing_night', 'INSERT', '', $${_OF_NIGHT}$$)"
)
# What of history erasure may empty: words of people. Seals leave them out.
_ERASABLE: Final = (
    "VALUES ('merchants_auditentry', 'reason'), ('merchants_auditentry', 'before'), ('merchants_auditentry', 'after'), "
    "('ledger_transfer', 'note'), ('members_tiermove', 'reason'), ('sales_refund', 'reason'), "
    "('rewards_redemptionstep', 'note'), ('rewards_referralmove', 'note'), "
    "('rewards_stockmovement', 'reason')"
)

CHECKS: Final = (
    Check(
        "I1",
        "pg_class",
        "SELECT c.relname, 'the application role may change this history' FROM pg_class c "  # noqa: S608 - our own
        "WHERE c.relnamespace = 'public'::regnamespace "
        "AND c.relname = ANY(%(history)s) "
        "AND (EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "AND has_column_privilege(%(app_role)s, c.oid, a.attnum, 'UPDATE') "
        f"AND (c.relname, a.attname) NOT IN ({_ERASABLE})) "
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
        "SELECT c.relname || '.' || t.tgname, 'this guard lets more of history be emptied than erasure may' "  # noqa: S608
        "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace = 'public'::regnamespace "
        "CROSS JOIN LATERAL unnest(string_to_array(rtrim(encode(t.tgargs, 'escape'), '\\000'), '\\000')) a (name) "
        f"WHERE t.tgname = 'append_only_row' AND a.name <> '' AND (c.relname, a.name) NOT IN ({_ERASABLE})",
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
    Check(
        "I21",
        "pg_policies",
        "SELECT p.tablename || '.' || p.policyname, "  # noqa: S608 - our own constants
        "'this policy shows rows of other merchants' FROM pg_policies p "
        "WHERE p.schemaname = 'public' AND p.tablename = ANY(%(tenant)s) AND CASE "
        "WHEN p.policyname = 'merchant_only' THEN (p.qual || ' + ' || p.with_check) IS DISTINCT FROM "
        "(SELECT o.qual || ' + ' || o.with_check FROM pg_policies o WHERE o.schemaname = 'public' "
        "AND o.tablename = 'merchants_outlet' AND o.policyname = 'merchant_only' AND o.qual LIKE '%%app.merchant%%') "
        "ELSE (p.tablename, p.policyname, p.cmd, coalesce(p.qual, ''), coalesce(p.with_check, '')) "
        f"NOT IN ({_DOORS}) END",
    ),
    Check(
        "I21",
        "pg_proc",
        "SELECT f.oid::regprocedure::text, 'this function works with the rights of the tables'' owner' FROM pg_proc f "
        "WHERE f.pronamespace = 'public'::regnamespace AND f.prosecdef AND f.proname <> 'refresh_statistics'",
    ),
    Check(
        "I21",
        "pg_class",
        "SELECT c.relname, 'this view shows rows of other merchants' FROM pg_class c "
        "WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace "
        "AND NOT coalesce(c.reloptions, '{}') @> '{security_invoker=true}'",
    ),
    Check(
        "I21",
        "pg_roles",
        "SELECT r.rolname, 'the application role sees every merchant''s rows' FROM pg_roles r "
        "WHERE r.rolname = %(app_role)s AND (r.rolsuper OR r.rolbypassrls OR EXISTS (SELECT FROM pg_class c "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' "
        "AND pg_has_role(r.oid, c.relowner, 'MEMBER')))",
    ),
    Check(
        "I21",
        "pg_namespace",
        "SELECT n.nspname, 'the application role may make tables, functions and views here' FROM pg_namespace n "
        "WHERE n.nspname = 'public' AND has_schema_privilege(%(app_role)s, n.oid, 'CREATE')",
    ),
    Check(
        "I1",
        "pg_class",
        "SELECT c.relname, 'the application role may empty, lock or rewrite this table' FROM pg_class c "
        "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace "
        "AND (has_table_privilege(%(app_role)s, c.oid, 'TRUNCATE, TRIGGER, REFERENCES, MAINTAIN') "
        "OR c.relname = 'django_migrations' AND has_table_privilege(%(app_role)s, c.oid, 'INSERT, UPDATE, DELETE'))",
    ),
)
