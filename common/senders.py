"""How the code that checks a credential tells the web server before it who sent the request.

The server orders its queue by senders. A credential that no one has checked is no sender: anyone who invents one for
each request would be a crowd.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class SenderProof:
    """`sender`: whose the credential of the request was found to be; None: no one's, or no one looked."""

    sender: str | None = None


sender_proof: ContextVar[SenderProof | None] = ContextVar("sender_proof", default=None)


def prove_sender(sender: str) -> None:
    """Say whose the credential of the request in this context was found to be; does nothing outside the web server."""
    proof = sender_proof.get()
    if proof is not None:
        proof.sender = sender
