DROP FUNCTION refuse_blocked_member();
