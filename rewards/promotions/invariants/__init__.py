"""What must hold in the tables of promotions on live data."""
