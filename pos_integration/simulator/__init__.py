"""Tills that play a shop's day against a running server over HTTP, on a network that loses, repeats and delays.

`link` sends and spoils, `book` is what the tills believe has happened, `player` decides what to do next. Nothing here
touches the database: what is compared at the end is asked over the same API.
"""
