"""Campaign pages: the list, the four steps of a draft, what a running one does, what a finished one brought."""
