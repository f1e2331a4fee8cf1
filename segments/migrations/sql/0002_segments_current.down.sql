DROP VIEW segments_current;
