DROP TRIGGER consent_of_child_needs_guardian ON members_consent;
DROP FUNCTION refuse_childs_consent();
DROP TRIGGER guardian_is_kept ON members_guardian;
DROP FUNCTION keep_guardian();
