DROP TRIGGER data_request_is_kept ON members_datarequest;
DROP FUNCTION keep_data_request();
