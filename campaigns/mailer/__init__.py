"""How a campaign's mail is written: compiled once per campaign, filled per recipient, outside any transaction."""
