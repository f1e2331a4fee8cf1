DROP TRIGGER refuses_blocked_member_later ON sales_sale;
DROP TRIGGER refuses_blocked_member ON sales_sale;
DROP FUNCTION sales_sale_refuses_blocked();
