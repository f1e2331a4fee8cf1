DROP VIEW ledger_movement;
CREATE VIEW ledger_movement WITH (security_invoker = true) AS
    SELECT merchant_id, id AS transfer_id, source_kind, source_id, unit, kind, change, business_date
    FROM ledger_transfer;
