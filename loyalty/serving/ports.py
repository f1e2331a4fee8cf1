"""The port: claimed before anything else is started, kept as long as the product runs, shared by all workers.

A worker that dies takes no waiting connection with it, and no one else can take the port in between.
"""

from __future__ import annotations

import resource
import socket
from contextlib import suppress

BACKLOG = 1024
OPEN_FILES = 8192


def claim_port(host: str, port: int) -> socket.socket:
    """Claim a listening socket. Raises SystemExit with one line: the port and how to choose another."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        message = f"loyalty: cannot listen on {host}:{port} ({error.strerror}); choose another: PORT=8001 make run"
        raise SystemExit(message) from None
    listener.setblocking(False)
    return listener


def allow_many_connections() -> None:
    """Lift the soft limit of open files: some systems allow a process 256, which is fewer than a chain's tills."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
