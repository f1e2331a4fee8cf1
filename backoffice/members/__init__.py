"""Members: the list and its filters, one member, cards, the page on which people join."""
