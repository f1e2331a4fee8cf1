"""One module per kind of promotion: `KIND`, and `CASES`, a table of cart -> outcome, one row per case."""
