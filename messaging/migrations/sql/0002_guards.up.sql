-- What rooms above read: addresses that get nothing any more.
CREATE VIEW messaging_suppressed WITH (security_invoker = true) AS
SELECT merchant_id, id AS suppression_id, address_hash, reason, created_at FROM messaging_suppression;
