-- Shared by every append-only table (ledger, consent, audit): history is corrected by a further row, never edited.
CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: rows of this table are never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
