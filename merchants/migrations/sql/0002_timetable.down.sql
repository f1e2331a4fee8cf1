DROP VIEW merchants_work;
DROP POLICY missing_night ON merchants_duework;
DROP POLICY timetable ON merchants_duework;
DROP POLICY merchant_only ON merchants_duework;
ALTER TABLE merchants_duework NO FORCE ROW LEVEL SECURITY;
ALTER TABLE merchants_duework DISABLE ROW LEVEL SECURITY;
