DROP TRIGGER viewing_is_kept ON members_viewing;
DROP FUNCTION keep_viewing();
DROP TRIGGER data_request_is_kept ON members_datarequest;
DROP FUNCTION keep_data_request();
