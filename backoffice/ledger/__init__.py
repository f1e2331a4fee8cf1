"""The book of points and wallet money: every movement, one of them with its reversals, and the file."""
