DROP TRIGGER lot_days_kept ON ledger_lotdays;
DROP TRIGGER lot_days_moved ON ledger_lot;
DROP TRIGGER lot_days_added ON ledger_lot;
DROP FUNCTION ledger_keep_lot_days();
DROP FUNCTION ledger_move_lot_days();
DROP FUNCTION ledger_add_lot_days();
