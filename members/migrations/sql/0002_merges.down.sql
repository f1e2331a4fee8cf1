DROP TRIGGER merge_stays ON members_membermerge;
DROP TRIGGER keeps_its_members ON members_membermerge;
DROP FUNCTION keep_the_merge();
DROP VIEW members_merged;
DROP FUNCTION passes_with_merge(uuid, uuid, uuid);
DROP INDEX member_same_birthday;
DROP INDEX member_same_email;
DROP INDEX member_same_phone;
