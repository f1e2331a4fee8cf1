DROP TRIGGER issued_by_hand_is_audited ON rewards_giftcardbatch;
DROP FUNCTION rewards_gift_card_batch_is_audited();
DROP TRIGGER is_in_the_ledger ON rewards_giftcard;
DROP FUNCTION rewards_gift_card_is_in_the_ledger();
DROP TRIGGER kept_for_ever ON rewards_giftcard;
DROP TRIGGER keeps_its_facts ON rewards_giftcard;
DROP FUNCTION rewards_gift_card_keeps_its_facts();
