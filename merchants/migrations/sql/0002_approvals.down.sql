DROP TRIGGER is_decided_once ON merchants_approval;
DROP FUNCTION merchants_approval_is_decided_once();
