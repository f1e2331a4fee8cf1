"""What decides without a database: replies, waits, quiet hours."""
