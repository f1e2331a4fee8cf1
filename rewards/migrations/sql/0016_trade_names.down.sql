DO $$
DECLARE f record;
BEGIN
    FOR f IN SELECT pg_get_functiondef(p.oid) AS definition FROM pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prosrc ~ '\mrewards_partnerfunding\M'
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
        EXECUTE regexp_replace(f.definition, '\mrewards_partnerfunding\M', 'rewards_partnershare', 'g');
    END LOOP;
END $$;
DO $$
DECLARE f record;
BEGIN
    FOR f IN SELECT pg_get_functiondef(p.oid) AS definition FROM pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prosrc ~ '(NEW|OLD)\.request_fingerprint\M'
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
               AND p.oid IN (SELECT tgfoid FROM pg_trigger WHERE tgrelid = ANY(ARRAY['rewards_topup', 'rewards_giftcard']::regclass[])) LOOP
        EXECUTE regexp_replace(f.definition, '(NEW|OLD)\.request_fingerprint\M', '\1.content', 'g');
    END LOOP;
END $$;
DO $$
DECLARE f record;
BEGIN
    FOR f IN SELECT pg_get_functiondef(p.oid) AS definition FROM pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prosrc ~ '(NEW|OLD)\.program_id\M'
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
               AND p.oid IN (SELECT tgfoid FROM pg_trigger WHERE tgrelid = ANY(ARRAY['rewards_referral']::regclass[])) LOOP
        EXECUTE regexp_replace(f.definition, '(NEW|OLD)\.program_id\M', '\1.programme_id', 'g');
    END LOOP;
END $$;
ALTER TABLE rewards_referral RENAME CONSTRAINT rewards_referral_program_id_fk TO rewards_referral_programme_id_fk;
