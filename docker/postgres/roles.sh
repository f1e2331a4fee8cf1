#!/bin/sh
# Runs once, when the database volume is empty: the two roles and the database. docs/operations.md has the same as SQL.
set -eu
: "${OWNER_DATABASE_PASSWORD:?must be set in .env}" "${APP_DATABASE_PASSWORD:?must be set in .env}"
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
  --set owner_password="$OWNER_DATABASE_PASSWORD" --set app_password="$APP_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE loyalty_owner LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB PASSWORD :'owner_password';
CREATE ROLE loyalty_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'app_password';
ALTER ROLE loyalty_app SET lock_timeout = '2s';
ALTER ROLE loyalty_app SET statement_timeout = '5s';
ALTER ROLE loyalty_app SET idle_in_transaction_session_timeout = '10s';
CREATE DATABASE loyalty OWNER loyalty_owner;
SQL
