"""Gift cards: batches, codes, one card."""
