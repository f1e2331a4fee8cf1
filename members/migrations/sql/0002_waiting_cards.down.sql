DROP TRIGGER way_of_card ON members_card;
DROP FUNCTION keep_the_way_of_a_card();
