"""What keeps all tables: triggers, rights, policies."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import Plant

GUARDS: Final = (
    Plant(
        "a guard switched off", "ledger", "I1", "pg_trigger",
        "ALTER TABLE sales_sale DISABLE TRIGGER USER; SELECT c.relname || '.' || t.tgname FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relname = 'sales_sale' AND NOT t.tgisinternal ORDER BY 1 LIMIT 1",
    ),
    Plant(
        "a guard of the audit trail taken away", "ledger", "I1", "pg_class",
        "DROP TRIGGER append_only_row ON merchants_auditentry; SELECT 'merchants_auditentry'",
    ),
    Plant(
        "a guard of the ledger that lets its kinds be emptied", "ledger", "I1", "pg_trigger",
        "DROP TRIGGER append_only_row ON ledger_transfer; CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE "
        "ON ledger_transfer FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history('note', 'kind'); "
        "SELECT 'ledger_transfer.append_only_row'",
    ),
    Plant(
        "rights to change what was sealed", "ledger", "I1", "pg_class",
        "GRANT UPDATE ON ledger_sealedblock TO {app}; SELECT 'ledger_sealedblock'",
    ),
    Plant(
        "a table open to other merchants", "ledger", "I21", "pg_class",
        "ALTER TABLE rewards_giftcard NO FORCE ROW LEVEL SECURITY; SELECT 'rewards_giftcard'",
    ),
    Plant(
        "the memberships of all shops open to each", "ledger", "I21", "pg_class",
        "ALTER TABLE merchants_membership DISABLE ROW LEVEL SECURITY; SELECT 'merchants_membership'",
    ),
    Plant(
        "a second policy that shows every shop's rows", "ledger", "I21", "pg_policies",
        "CREATE POLICY support ON sales_sale FOR SELECT USING (true); SELECT 'sales_sale.support'",
    ),
    Plant(
        "a policy that no longer looks at the shop", "ledger", "I21", "pg_policies",
        "ALTER POLICY merchant_only ON members_member USING (true); SELECT 'members_member.merchant_only'",
    ),
    Plant(
        "a policy that lets write for other shops", "ledger", "I21", "pg_policies",
        "ALTER POLICY merchant_only ON rewards_coupon WITH CHECK (true); SELECT 'rewards_coupon.merchant_only'",
    ),
    Plant(
        "a look-up that shows every till key", "ledger", "I21", "pg_policies",
        "ALTER POLICY offered_key ON merchants_tillkey USING (true); SELECT 'merchants_tillkey.offered_key'",
    ),
    Plant(
        "a look-up of one's own work that shows everybody's as well", "ledger", "I21", "pg_policies",
        "ALTER POLICY own_work ON merchants_membership USING (user_id IS NOT NULL OR true); "
        "SELECT 'merchants_membership.own_work'",
    ),
    Plant(
        "an invitation that may give access by itself", "ledger", "I21", "pg_policies",
        "ALTER POLICY own_invitation ON merchants_membership WITH CHECK (true); "
        "SELECT 'merchants_membership.own_invitation'",
    ),
    Plant(
        "a timetable that everybody reads", "ledger", "I21", "pg_policies",
        "ALTER POLICY timetable ON merchants_duework USING (true); SELECT 'merchants_duework.timetable'",
    ),
    Plant(
        "a timetable that adds any work to any shop", "ledger", "I21", "pg_policies",
        "ALTER POLICY missing_night ON merchants_duework WITH CHECK (true); SELECT 'merchants_duework.missing_night'",
    ),
    Plant(
        "a function with the owner's rights", "ledger", "I21", "pg_proc",
        "CREATE FUNCTION every_coupon() RETURNS SETOF rewards_coupon LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT * FROM rewards_coupon'; SELECT 'every_coupon()'",
    ),
    Plant(
        "a view with the owner's eyes", "ledger", "I21", "pg_class",
        "ALTER VIEW ledger_balance SET (security_invoker = false); SELECT 'ledger_balance'",
    ),
    Plant(
        "rights to empty a table", "ledger", "I1", "pg_class",
        "GRANT TRUNCATE ON sales_quote TO {app}; SELECT 'sales_quote'",
    ),
    Plant(
        "rights to say which migrations ran", "ledger", "I1", "pg_class",
        "GRANT UPDATE ON django_migrations TO {app}; SELECT 'django_migrations'",
    ),
    Plant(
        "tills and pages served as the owner of the tables", "ledger", "I21", "pg_roles", "SELECT current_user",
        serves_as_owner=True,
    ),
    Plant(
        "rights to make functions that stand before those of the database", "ledger", "I21", "pg_namespace",
        "GRANT CREATE ON SCHEMA public TO {app}; SELECT 'public'",
    ),
)  # fmt: skip
