DROP VIEW members_restricted;
DROP VIEW members_child;
DROP VIEW members_contact;
DROP VIEW members_standing;
ALTER TABLE members_member RESET (fillfactor);
DROP TRIGGER consent_on_member ON members_consent;
DROP TRIGGER consent_of_member ON members_member;
DROP TRIGGER consent_of_new_member ON members_member;
DROP FUNCTION require_proof_of_consent();
