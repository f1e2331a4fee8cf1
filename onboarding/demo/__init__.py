"""The demo shop's past, made up from a seed and the day: what it sells, who comes, when, and what they buy.

Nothing here touches the database. `files` writes the past down for the product's own import; the last weeks are played
at the till (`loyalty.demo_counter`).
"""
