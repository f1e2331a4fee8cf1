DROP TRIGGER extension_is_in_force ON ledger_extension;
DROP TRIGGER account_extension_is_kept ON ledger_account;
DROP TRIGGER account_extends_forward ON ledger_account;
DROP FUNCTION ledger_guard_extension();
DROP FUNCTION ledger_guard_extended_account();
DROP FUNCTION ledger_guard_extension_day();
DROP FUNCTION ledger_last_day(date, boolean, date);
