"""Money paid in ahead: gift cards, issued, activated, blocked and reversed, and top-ups of a wallet.

Owns: cards with their codes and batches, and the top-ups that tills recorded.
Does not own: the money on a card or in a wallet, which is an account of the ledger.
Others call `operations`, `queries`, `rules`, `facts` and `wording`, each by what it exports; tables stay inside.
"""
