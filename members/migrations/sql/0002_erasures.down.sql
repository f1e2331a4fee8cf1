DROP TRIGGER former_contact_is_kept ON members_formercontact;
DROP FUNCTION keep_former_contact();
DROP TRIGGER member_stays_erased ON members_member;
DROP FUNCTION keep_member_erased();
