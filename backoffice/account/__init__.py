"""What belongs to the person: sign-up, stores, appearance, saved views, search."""
