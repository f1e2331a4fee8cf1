-- Shared by every append-only table (ledger, consent, audit): history is corrected by a further row, never edited.
-- A trigger that names columns lets those be emptied, and keys of theirs be taken out, when a person is erased; seals
-- leave such columns out.
CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb;
    becomes jsonb;
    name text;
BEGIN
    IF TG_OP = 'UPDATE' AND TG_NARGS > 0 THEN
        was := to_jsonb(OLD);
        becomes := to_jsonb(NEW);
        FOREACH name IN ARRAY TG_ARGV LOOP
            IF becomes -> name = '""' OR (jsonb_typeof(was -> name) = 'object'
                AND jsonb_typeof(becomes -> name) = 'object' AND was -> name @> (becomes -> name))
            THEN
                was := was - name;
                becomes := becomes - name;
            END IF;
        END LOOP;
        IF was = becomes THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of % refused: rows of this table are never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
