DROP TRIGGER above_limit_is_approved ON rewards_couponbatch;
DROP FUNCTION rewards_batch_above_limit_is_approved();
