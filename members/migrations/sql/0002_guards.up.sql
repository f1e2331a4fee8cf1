-- The consent on the member row is what the newest consent row says, at every commit: no one is written to on the
-- strength of a flag without a proof. Unseen rows (no merchant in scope) count as no proof.
CREATE FUNCTION require_proof_of_consent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    subject uuid;
    stated boolean;
    proven boolean;
BEGIN
    IF TG_TABLE_NAME = 'members_consent' THEN
        subject := NEW.member_id;
    ELSE
        subject := NEW.id;
    END IF;
    SELECT promo_email INTO stated FROM members_member WHERE merchant_id = NEW.merchant_id AND id = subject;
    SELECT granted INTO proven FROM members_consent
        WHERE merchant_id = NEW.merchant_id AND member_id = subject AND topic = 'promo' AND channel = 'email'
        ORDER BY seq DESC LIMIT 1;
    IF stated IS DISTINCT FROM coalesce(proven, false) THEN
        RAISE EXCEPTION 'member %: promo_email is %, but the newest consent says %', subject, stated, proven
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER consent_of_new_member AFTER INSERT ON members_member
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.promo_email) EXECUTE FUNCTION require_proof_of_consent();
CREATE CONSTRAINT TRIGGER consent_of_member AFTER UPDATE OF promo_email ON members_member
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.promo_email IS DISTINCT FROM NEW.promo_email)
    EXECUTE FUNCTION require_proof_of_consent();
CREATE CONSTRAINT TRIGGER consent_on_member AFTER INSERT ON members_consent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_proof_of_consent();

-- Every sale rewrites its member's row: room on the page keeps the indexes out of it.
ALTER TABLE members_member SET (fillfactor = 85);

-- What other apps' set-based SQL may read: figures and flags, no name and no contact. Who is restricted is not active:
-- no offers go to them.
CREATE VIEW members_standing WITH (security_invoker = true) AS
SELECT m.merchant_id, m.id AS member_id,
       CASE WHEN m.restricted_at IS NULL THEN m.status ELSE 'restricted' END AS status, m.joined_at, m.joined_on, m.source, m.outlet_id, m.language,
       m.promo_email, m.email IS NOT NULL AS has_email, m.phone IS NOT NULL AS has_phone,
       m.segment, m.referred_by_id, t.id AS tier_id, t.code AS tier_code, t.rank AS tier_rank, m.tier_since_on,
       m.first_purchase_at, m.last_purchase_at, m.purchase_count, m.spend_amount
FROM members_member m
LEFT JOIN members_tier t ON t.merchant_id = m.merchant_id AND t.id = m.tier_id
WHERE m.merged_into_id IS NULL;

-- What a mailer's set-based SQL may read: whom to write to, and the proof that it may.
CREATE VIEW members_contact WITH (security_invoker = true) AS
SELECT m.merchant_id, m.id AS member_id,
       CASE WHEN m.restricted_at IS NULL THEN m.status ELSE 'restricted' END AS status, m.number, m.name, m.email, m.email_key, m.language, m.joined_at,
       m.promo_email, (m.birth_date + interval '18 years') AT TIME ZONE shop.timezone AS adult_at, t.name AS tier_name,
       (SELECT c.id FROM members_consent c
        WHERE c.merchant_id = m.merchant_id AND c.member_id = m.id
          AND c.topic = 'promo' AND c.channel = 'email' AND m.promo_email
        ORDER BY c.seq DESC LIMIT 1) AS promo_consent_id
FROM members_member m
LEFT JOIN members_tier t ON t.merchant_id = m.merchant_id AND t.id = m.tier_id
LEFT JOIN merchants_merchant shop ON shop.id = m.merchant_id
WHERE m.merged_into_id IS NULL;

-- From when on each member whose birthday is known is no child (members/rules/ages.py): before, no offers go to them and
-- nothing is concluded of them.
CREATE VIEW members_child WITH (security_invoker = true) AS
SELECT m.merchant_id, m.id AS member_id, (m.birth_date + interval '18 years')::date AS adult_on,
       (m.birth_date + interval '18 years') AT TIME ZONE shop.timezone AS adult_at
FROM members_member m
JOIN merchants_merchant shop ON shop.id = m.merchant_id
WHERE m.birth_date IS NOT NULL;

-- Members whose data is only kept: nothing is counted of them that a decision about them could come from.
CREATE VIEW members_restricted WITH (security_invoker = true) AS
SELECT merchant_id, id AS member_id, restricted_at FROM members_member WHERE restricted_at IS NOT NULL;
