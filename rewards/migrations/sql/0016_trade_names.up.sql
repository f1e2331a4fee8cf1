-- What guards call by name follows the tables and columns.
DO $$
DECLARE f record;
BEGIN
    FOR f IN SELECT pg_get_functiondef(p.oid) AS definition FROM pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prosrc ~ '\mrewards_partnershare\M'
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
        EXECUTE regexp_replace(f.definition, '\mrewards_partnershare\M', 'rewards_partnerfunding', 'g');
    END LOOP;
END $$;
DO $$
DECLARE f record;
BEGIN
    FOR f IN SELECT pg_get_functiondef(p.oid) AS definition FROM pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prosrc ~ '(NEW|OLD)\.content\M'
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
               AND p.oid IN (SELECT tgfoid FROM pg_trigger WHERE tgrelid = ANY(ARRAY['rewards_topup', 'rewards_giftcard']::regclass[])) LOOP
        EXECUTE regexp_replace(f.definition, '(NEW|OLD)\.content\M', '\1.request_fingerprint', 'g');
    END LOOP;
END $$;
DO $$
DECLARE f record;
BEGIN
    FOR f IN SELECT pg_get_functiondef(p.oid) AS definition FROM pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prosrc ~ '(NEW|OLD)\.programme_id\M'
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
               AND p.oid IN (SELECT tgfoid FROM pg_trigger WHERE tgrelid = ANY(ARRAY['rewards_referral']::regclass[])) LOOP
        EXECUTE regexp_replace(f.definition, '(NEW|OLD)\.programme_id\M', '\1.program_id', 'g');
    END LOOP;
END $$;
ALTER TABLE rewards_referral RENAME CONSTRAINT rewards_referral_programme_id_fk TO rewards_referral_program_id_fk;
