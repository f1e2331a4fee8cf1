DROP TRIGGER refuses_blocked_member ON rewards_topup;
DROP TRIGGER refuses_blocked_member_later ON rewards_redemption;
DROP TRIGGER refuses_blocked_member ON rewards_redemption;
