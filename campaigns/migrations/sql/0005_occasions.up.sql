-- A standing campaign may write to a member once per occasion; a frozen audience knows one occasion only (I17).
CREATE OR REPLACE FUNCTION campaigns_audience_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    late uuid;
BEGIN
    SELECT d.id INTO late
    FROM fresh d
    LEFT JOIN campaigns_campaign c ON c.merchant_id = d.merchant_id AND c.id = d.campaign_id
    WHERE NOT coalesce((c.kind = 'campaign' AND c.state = 'preparing') OR (c.kind <> 'campaign' AND c.state = 'running'), false)
       OR d.state NOT IN ('queued', 'control', 'excluded')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'delivery %: the campaign takes no more recipients', late
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT d.id INTO late
    FROM fresh d
    JOIN campaigns_campaign c ON c.merchant_id = d.merchant_id AND c.id = d.campaign_id
    WHERE c.kind = 'campaign' AND d.occasion_key <> ''
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'delivery %: a frozen audience has one occasion', late
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION campaigns_delivery_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND OLD.state IN ('control', 'excluded', 'accepted') THEN
        RAISE EXCEPTION 'delivery %: % is final', OLD.id, OLD.state USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('control', 'excluded') THEN
        RAISE EXCEPTION 'delivery %: % is decided when the audience freezes', OLD.id, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.campaign_id <> OLD.campaign_id OR NEW.member_id <> OLD.member_id OR NEW.occasion_key <> OLD.occasion_key
        OR (NEW.address_hash IS NOT NULL AND NEW.address_hash IS DISTINCT FROM OLD.address_hash) THEN
        RAISE EXCEPTION 'delivery %: its recipient is frozen', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
