DROP VIEW members_awaited;
DROP TRIGGER awaited_contact_stands ON members_awaitedmember;
DROP FUNCTION keep_the_awaited_contact();
