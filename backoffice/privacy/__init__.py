"""Requests of members about their own data: the queue with its deadlines, and what is done about each."""
