-- Work that waits is seen for all merchants at once by the timetable, which says so by app.timetable, and by no one else.
-- It reads which merchants have work, and adds the night of a merchant that has none; work is claimed, finished and failed in
-- the merchant's scope only.
ALTER TABLE merchants_duework ENABLE ROW LEVEL SECURITY;
ALTER TABLE merchants_duework FORCE ROW LEVEL SECURITY;
CREATE POLICY merchant_only ON merchants_duework
    USING (merchant_id = (SELECT nullif(current_setting('app.merchant', true), '')::uuid))
    WITH CHECK (merchant_id = (SELECT nullif(current_setting('app.merchant', true), '')::uuid));
CREATE POLICY timetable ON merchants_duework FOR SELECT
    USING ((SELECT current_setting('app.timetable', true)) = 'on');
CREATE POLICY missing_night ON merchants_duework FOR INSERT
    WITH CHECK ((SELECT current_setting('app.timetable', true)) = 'on' AND kind = 'night' AND attempts = 0);

-- What waits, for the invariants of the apps whose rows wait.
CREATE VIEW merchants_work WITH (security_invoker = true) AS
    SELECT merchant_id, kind, subject_id, given_up_at IS NOT NULL AS is_stopped FROM merchants_duework;
