DROP TRIGGER one_account_at_a_time_gone ON mfa_authenticator;
DROP TRIGGER one_account_at_a_time ON mfa_authenticator;
DROP TRIGGER one_account_at_a_time_gone ON account_emailaddress;
DROP TRIGGER one_account_at_a_time ON account_emailaddress;
DROP FUNCTION refuse_many_accounts();
