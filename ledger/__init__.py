"""The double-entry book of points and wallet money.

Owns: accounts, transfers, entries, lots and their uses, debts, holds, the guards that keep them right, `invariants`.
Does not own: who a member is (an account knows only an owner's id), why points are given (sales, rewards), any price.
"""
