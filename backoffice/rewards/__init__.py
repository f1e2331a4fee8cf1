"""The reward catalogue, what was redeemed, and the partners who pay a share."""
