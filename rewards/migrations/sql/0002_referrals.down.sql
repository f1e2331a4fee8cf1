DROP TRIGGER is_whole ON rewards_referralclawback;
DROP TRIGGER is_whole ON rewards_referralgrant;
DROP TRIGGER is_whole ON rewards_referral;
DROP FUNCTION rewards_referral_is_whole();
DROP TRIGGER kept_for_ever ON rewards_referral;
DROP FUNCTION rewards_referral_kept();
DROP TRIGGER moves_forward ON rewards_referral;
DROP FUNCTION rewards_referral_moves();
