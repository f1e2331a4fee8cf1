"""The application behind a real socket, inside the test process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from loyalty.application import application


@contextmanager
def served(app: Callable[..., Any] = application) -> Iterator[str]:
    """Yield its address, on a port of its own; a client that keeps its connection keeps one to the database, too."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(app)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class QuietHandler(WSGIRequestHandler):
    disable_nagle_algorithm = True
    """An answer goes out in two writes: with Nagle's algorithm the second waits 40 ms for the client's delayed ACK."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass
