-- What is a member's stays theirs: it passes to another member only with a merge of the two, and back only when that
-- merge was undone. Guards of other apps ask here.
CREATE FUNCTION passes_with_merge(of_merchant uuid, from_member uuid, to_member uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF from_member IS NOT DISTINCT FROM to_member THEN
        RETURN true;
    END IF;
    RETURN EXISTS (
        SELECT FROM public.members_membermerge g WHERE g.merchant_id = of_merchant
          AND ((g.merged_id = from_member AND g.survivor_id = to_member AND g.undone_at IS NULL)
               OR (g.survivor_id = from_member AND g.merged_id = to_member AND g.undone_at IS NOT NULL)));
END $$;

-- Who was merged into whom, for other apps' checks.
CREATE VIEW members_merged WITH (security_invoker = true) AS
SELECT merchant_id, id AS merge_id, survivor_id, merged_id, at, undone_at FROM members_membermerge;

-- A merge keeps whom it joined; it is undone once.
CREATE FUNCTION keep_the_merge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.survivor_id, NEW.merged_id, NEW.at) IS DISTINCT FROM (OLD.survivor_id, OLD.merged_id, OLD.at)
        OR (OLD.undone_at IS NOT NULL AND NEW.undone_at IS DISTINCT FROM OLD.undone_at) THEN
        RAISE EXCEPTION 'merge %: whom it joined stays, and it is undone once', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_its_members BEFORE UPDATE ON members_membermerge FOR EACH ROW EXECUTE FUNCTION keep_the_merge();
CREATE TRIGGER merge_stays BEFORE DELETE ON members_membermerge
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();

-- What records of one person have in common (members/queries/merges.py): the pairs of a whole merchant are found by
-- walking these in order.
CREATE INDEX member_same_phone ON members_member (merchant_id, (right(phone, 9)), id)
    WHERE phone IS NOT NULL AND status = 'active';
CREATE INDEX member_same_email ON members_member (merchant_id, (
    CASE WHEN email_key LIKE '%+%@%' THEN replace(
        split_part(email_key, '+', 1) || '@' || split_part(email_key, '@', 2), '.', '')
    ELSE replace(email_key, '.', '') END), id)
    WHERE email_key IS NOT NULL AND status = 'active';
CREATE INDEX member_same_birthday ON members_member (
    merchant_id, (lower(name) || (birth_date - DATE '1900-01-01')), id)
    WHERE birth_date IS NOT NULL AND name <> '' AND status = 'active';
