DROP TRIGGER is_in_the_ledger ON rewards_topup;
DROP FUNCTION rewards_top_up_is_in_the_ledger();
DROP TRIGGER kept_for_ever ON rewards_topup;
DROP FUNCTION rewards_delete_refused();
DROP TRIGGER keeps_its_figures ON rewards_topup;
DROP FUNCTION rewards_top_up_keeps_its_figures();
