DROP TRIGGER share_stays ON rewards_partnerfunding;
DROP FUNCTION rewards_partner_share_stays();
DROP TRIGGER goes_its_way ON rewards_redemption;
DROP FUNCTION rewards_redemption_goes_its_way();
DROP TRIGGER stock_moved ON rewards_stockmovement;
DROP TRIGGER stock_of_reward ON rewards_reward;
DROP TRIGGER stock_of_new_reward ON rewards_reward;
DROP FUNCTION rewards_stock_adds_up();
