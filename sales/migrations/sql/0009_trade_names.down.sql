DO $$
DECLARE f record;
BEGIN
    FOR f IN SELECT pg_get_functiondef(p.oid) AS definition FROM pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prosrc ~ '(NEW|OLD)\.request_fingerprint\M'
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
               AND p.oid IN (SELECT tgfoid FROM pg_trigger WHERE tgrelid = ANY(ARRAY['sales_sale', 'sales_refund']::regclass[])) LOOP
        EXECUTE regexp_replace(f.definition, '(NEW|OLD)\.request_fingerprint\M', '\1.content', 'g');
    END LOOP;
END $$;
