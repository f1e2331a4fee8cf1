DROP VIEW merchants_sandbox;
DROP TRIGGER test_key_opens_sandbox ON merchants_tillkey;
DROP FUNCTION merchants_test_key_opens_sandbox();
DROP TRIGGER sandbox_has_no_staff ON merchants_membership;
DROP FUNCTION merchants_sandbox_has_no_staff();
DROP TRIGGER sandbox_stays ON merchants_merchant;
DROP FUNCTION merchants_sandbox_stays();
ALTER TABLE merchants_merchant DROP CONSTRAINT merchants_merchant_sandbox_fk;
