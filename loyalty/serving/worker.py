"""One worker process of the web server, on a listening socket that it was given: `--fd 5`.

granian reads and writes HTTP (headers within the deadline, or the connection is closed); everything behind it is the
gate. A worker ends on SIGTERM, after the requests it has; anyone who started it starts it again when
it ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
from typing import Any, Final

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from loyalty.serving.bodies import DEADLINE_SECONDS
from loyalty.serving.ports import BACKLOG, allow_many_connections

MOST_CONNECTIONS: Final = 2048
STOP_SECONDS: Final = 12
SWITCH_SECONDS: Final = 0.001
"""How long a thread may keep the interpreter while others want it: a page that computes must not slow a till's steps,
each of which asks for the interpreter again after every answer of the database."""


class InheritedServer(Server):
    """granian, on a socket that is already bound and listening; its own way is to bind one itself."""

    def __init__(self, *, descriptor: int, **options: Any) -> None:
        super().__init__(**options)
        self.descriptor = descriptor
        self.workers_kill_timeout = STOP_SECONDS

    def _init_shared_socket(self) -> None:
        holder: Any = SocketHolder
        self._shd: Any = holder(self.descriptor, False, BACKLOG)
        self._ssp: Any = None


async def serve(descriptor: int, application: Any) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as listener:
        address, port = listener.getsockname()[:2]
    server = InheritedServer(
        descriptor=descriptor,
        target=application,
        address=address,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backpressure=MOST_CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=int(DEADLINE_SECONDS * 1000)),
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started us
    allow_many_connections()
    sys.setswitchinterval(SWITCH_SECONDS)
    options = parser.parse_args()
    # Before the event loop: every view is imported, and the schema looked at, which Django refuses inside of one.
    from loyalty.asgi import application  # noqa: PLC0415

    asyncio.run(serve(options.fd, application))


if __name__ == "__main__":
    main()
