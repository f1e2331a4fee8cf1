"""Members who bring friends: the program and each referral."""
