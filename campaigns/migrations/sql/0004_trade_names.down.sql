DO $$
DECLARE f record;
BEGIN
    FOR f IN SELECT pg_get_functiondef(p.oid) AS definition FROM pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prosrc ~ '\muncertain\M'
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
               AND p.oid IN (SELECT tgfoid FROM pg_trigger WHERE tgrelid = ANY(ARRAY['campaigns_attempt', 'campaigns_delivery']::regclass[])) LOOP
        EXECUTE regexp_replace(f.definition, '\muncertain\M', 'ambiguous', 'g');
    END LOOP;
END $$;
