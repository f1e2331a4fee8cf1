DROP VIEW members_awaited;
DROP TRIGGER keeps_contact ON members_awaitedmember;
DROP FUNCTION keep_the_awaited_contact();
