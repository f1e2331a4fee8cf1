-- The application role owns nothing, and MAINTAIN would let it lock, rewrite and reindex every table. All it needs of
-- that right is ANALYZE of our own tables, so the owner lends it exactly this.
CREATE FUNCTION refresh_statistics(name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class WHERE relname = name AND relkind IN ('r', 'p')
                   AND relnamespace = to_regnamespace('public')
                   AND relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)) THEN
        RAISE EXCEPTION '% is no table of ours', name USING ERRCODE = 'undefined_table';
    END IF;
    EXECUTE format('ANALYZE (SKIP_LOCKED) public.%I', name);
END $$;
REVOKE ALL ON FUNCTION refresh_statistics(text) FROM PUBLIC;
