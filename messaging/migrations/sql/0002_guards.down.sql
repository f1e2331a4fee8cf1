DROP VIEW messaging_suppressed;
