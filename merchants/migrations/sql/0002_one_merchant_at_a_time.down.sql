DROP TRIGGER one_merchant_at_a_time_gone ON merchants_merchant;
DROP TRIGGER one_merchant_at_a_time ON merchants_merchant;
DROP FUNCTION refuse_many_merchants();
