DROP TRIGGER touched_member_is_kept ON people_touchedmember;
DROP FUNCTION keep_touched_member();
DROP TRIGGER breach_is_kept ON people_breach;
DROP FUNCTION keep_breach();
