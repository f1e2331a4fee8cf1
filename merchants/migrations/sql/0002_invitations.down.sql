DROP TRIGGER invitation_as_offered ON merchants_membership;
DROP FUNCTION keep_as_offered();
