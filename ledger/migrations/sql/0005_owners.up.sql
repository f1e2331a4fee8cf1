-- Whose account a movement is of, for checks and reports above the ledger.
CREATE OR REPLACE VIEW ledger_movement WITH (security_invoker = true) AS
    SELECT t.merchant_id, t.id AS transfer_id, t.source_kind, t.source_id, t.unit, t.kind, t.change, t.business_date,
           a.owner_id
    FROM ledger_transfer t JOIN ledger_account a ON a.merchant_id = t.merchant_id AND a.id = t.account_id;
