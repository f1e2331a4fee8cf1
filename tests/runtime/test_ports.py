"""The port is claimed before anything starts and held: a stranger's is named at once, ours cannot be taken later."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from loyalty.serving.ports import claim_port

ROOT = Path(__file__).resolve().parents[2]


def test_a_taken_port_stops_the_start_before_anything_else(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        environment = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", "LOYALTY_VAR_DIR": str(tmp_path)}
        command = [sys.executable, "-m", "loyalty.run"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "PORT=8001 make run" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["run.lock"], "no server was made"


def test_a_claimed_port_cannot_be_taken_by_anybody_else() -> None:
    with claim_port("127.0.0.1", 0) as ours, socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            stranger.bind(ours.getsockname())
