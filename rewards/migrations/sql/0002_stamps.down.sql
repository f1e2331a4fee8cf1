DROP TRIGGER stamps_add_up ON rewards_stampentry;
DROP TRIGGER stamps_add_up ON rewards_stampcard;
DROP FUNCTION rewards_stamps_add_up();
