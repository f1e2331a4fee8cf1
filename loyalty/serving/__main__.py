"""The web server by itself, for containers and tests: `python -m loyalty.serving --host 0.0.0.0 --port 8000`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from loyalty.serving.ports import claim_port
from loyalty.serving.programs import web_programs
from loyalty.supervisor import Supervisor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    listener = claim_port(options.host, options.port)
    programs = web_programs(listener.fileno(), workers=options.workers)
    pids = Path(tempfile.gettempdir()) / f"loyalty-serving-{os.getpid()}.pids"
    supervisor = Supervisor(programs, pid_file=pids, say=lambda text: print(text, file=sys.stderr, flush=True))  # noqa: T201
    supervisor.stop_on_signals()
    try:
        supervisor.start()
        supervisor.keep_running()
    finally:
        supervisor.stop()
        listener.close()


if __name__ == "__main__":
    main()
