DROP TRIGGER invitation_as_offered ON merchants_membership;
DROP FUNCTION keep_as_offered();
ALTER POLICY own_invitation ON merchants_membership
    USING (NOT is_active AND user_id = ANY ((SELECT nullif(current_setting('app.people', true), ''))::uuid[]))
    WITH CHECK (NOT is_active AND user_id = ANY ((SELECT nullif(current_setting('app.people', true), ''))::uuid[]));
