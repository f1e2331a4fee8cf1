"""A mail server for one machine: it holds the SMTP conversation and keeps each accepted message as an .eml file.

    python -m loyalty.mail_sink --port 2525 --folder var/mail

A file appears under its final name only when it is whole, and before the client hears that it was accepted.
"""

import argparse
import asyncio
import os
import signal
import time
from itertools import count
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

ACCEPTED = "250 OK: kept"
SIZE_LIMIT = 33_554_432


class KeepInFolder:
    """Writes the message byte for byte as it was received, whatever its encoding."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        name = f"{time.time_ns()}-{os.getpid()}-{next(self.number)}.eml"
        partial = self.folder / f".{name}.partial"
        partial.write_bytes(content)
        partial.rename(self.folder / name)
        return ACCEPTED


async def serve(*, host: str, port: int, folder: Path) -> None:
    """Listen until SIGTERM or SIGINT."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = KeepInFolder(folder)
    loop = asyncio.get_running_loop()

    def conversation() -> SMTP:
        return SMTP(handler, data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, hostname="localhost", loop=loop)

    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(conversation, host, port)
    async with server:
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(serve(host=options.host, port=options.port, folder=options.folder))


if __name__ == "__main__":
    main()
