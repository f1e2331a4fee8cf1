"""What a draft of the rules would have cost in a past period."""
