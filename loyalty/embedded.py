"""PostgreSQL 18 and Valkey from their Python wheels, for `make run`, tests and commands on one machine.

Used only where DATABASE_URL or REDIS_URL is not set. Everything is under the var directory (LOYALTY_VAR_DIR,
default var/ beside manage.py); as root the PostgreSQL cluster is under /var/lib/loyalty, because PostgreSQL
refuses to run as root and an unprivileged user may not enter root's home.

Who keeps the servers up: each process that needs them calls `hold()` and so has a shared lock on `lease.lock`
until it ends, however it ends. A small keeper process waits until no one holds that lock, stops both servers
and ends. Files in <var>/servers:

    plan.json     ports and passwords, chosen once (0600)
    mutex.lock    held while servers are started or stopped
    lease.lock    held (shared) by every process that uses the servers
    keeper.lock   held by the keeper while it lives
"""

import fcntl
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from loyalty.postgres_server import Cluster
from loyalty.server_plan import HOST, ServerPlan
from loyalty.valkey_server import Valkey

BASE_DIR = Path(__file__).resolve().parent.parent
SAY_AFTER_SECONDS = 5.0

_lease: int | None = None


def var_dir() -> Path:
    return Path(os.environ.get("LOYALTY_VAR_DIR") or BASE_DIR / "var").expanduser().resolve()


def servers_dir() -> Path:
    folder = var_dir() / "servers"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def read_plan() -> ServerPlan:
    """Return the plan of this var directory, made on first use. Starts nothing."""
    path = servers_dir() / "plan.json"
    if not path.exists():
        with _hold_lock("plan.lock"):
            if not path.exists():
                _write_plan(_new_plan())
    return ServerPlan(**json.loads(path.read_text()))


def needed() -> bool:
    """Return False when both servers are given by the environment."""
    return not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


def hold() -> None:
    """Start what is not running and keep it running for as long as this process lives.

    Raises SystemExit with a one-line reason when a server cannot be started.
    """
    global _lease  # noqa: PLW0603
    if _lease is not None or not needed():
        return
    with _hold_lock("mutex.lock"):
        lease = _open_file("lease.lock")
        fcntl.flock(lease, fcntl.LOCK_SH)
        _start_servers(may_move=True)
        _ensure_keeper()
    _lease = lease


def release(*, wait: bool = False, say: Callable[[str], None] = lambda text: None) -> bool:
    """Give the servers up; with `wait`, return when no server of ours runs any more.

    False when they go on because another process uses them. However long PostgreSQL writes its last pages, it is
    waited for, and said so.
    """
    global _lease  # noqa: PLW0603
    if _lease is None:
        return True
    os.close(_lease)
    _lease = None
    say_again_at = time.monotonic() + SAY_AFTER_SECONDS
    while wait and (alive := _alive_servers()):
        if _is_used_by_others():
            return False
        if _is_unlocked("keeper.lock"):
            _stop_unless_used()
        if time.monotonic() > say_again_at:
            say(f"{' and '.join(alive)} still writing to disk; waiting ...")
            say_again_at = time.monotonic() + SAY_AFTER_SECONDS
        time.sleep(0.05)
    return True


def _alive_servers() -> list[str]:
    plan = read_plan()
    return [kind.name for kind, _ in _servers_to_start() if kind(var_dir(), plan).is_alive()]


def _is_used_by_others() -> bool:
    """Return True when another process holds the lease as a user does; the keeper that stops them does not."""
    if _is_unlocked("lease.lock"):
        return False
    descriptor = _open_file("lease.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _stop_unless_used() -> bool:
    """Stop the servers, under the mutex, unless used; return True when no one uses them and they were asked."""
    with _hold_lock("mutex.lock"):
        lease = _try_lock("lease.lock")
        if lease is None:
            return False
        _stop_servers()
        os.close(lease)
        return True


def revive() -> list[str]:
    """Start again what has died while it was held; the names of what was started."""
    with _hold_lock("mutex.lock"):
        return _start_servers(may_move=False)


def set_smtp_port(port: int) -> None:
    _write_plan(replace(read_plan(), smtp_port=port))


def _new_plan() -> ServerPlan:
    return ServerPlan(
        cluster=secrets.token_hex(8),
        postgres_port=free_port(),
        valkey_port=free_port(),
        smtp_port=free_port(),
        superuser_password=secrets.token_urlsafe(24),
        owner_password=secrets.token_urlsafe(24),
        app_password=secrets.token_urlsafe(24),
        valkey_password=secrets.token_urlsafe(24),
    )


def _write_plan(plan: ServerPlan) -> None:
    path = servers_dir() / "plan.json"
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(asdict(plan), indent=1))
    fresh.replace(path)


def _start_servers(*, may_move: bool) -> list[str]:
    """Start what does not run; the names of what was started.

    With `may_move` a port that a stranger has taken meanwhile is replaced by a free one. A server of ours that
    is alive and does not answer yet (recovering, or stopped by someone) keeps its port and is waited for.
    """
    started = []
    for kind, port_name in _servers_to_start():
        plan = read_plan()
        server = kind(var_dir(), plan)
        if server.is_running() or (server.is_alive() and not may_move):
            continue
        if not server.is_alive() and may_move and not port_is_free(getattr(plan, port_name)):
            plan = ServerPlan(**{**asdict(plan), port_name: free_port()})
            _write_plan(plan)
            server = kind(var_dir(), plan)
        server.start()
        started.append(kind.name)
    return started


def _servers_to_start() -> list[tuple[type[Cluster] | type[Valkey], str]]:
    """Return the servers that the environment does not give."""
    wanted: list[tuple[type[Cluster] | type[Valkey], str]] = []
    if not os.environ.get("DATABASE_URL"):
        wanted.append((Cluster, "postgres_port"))
    if not os.environ.get("REDIS_URL"):
        wanted.append((Valkey, "valkey_port"))
    return wanted


def _stop_servers() -> None:
    for kind in (Cluster, Valkey):
        kind(var_dir(), read_plan()).stop()


def _open_file(name: str) -> int:
    return os.open(servers_dir() / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _hold_lock(name: str) -> Iterator[int]:
    descriptor = _open_file(name)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(name: str) -> int | None:
    """Return an exclusive lock if no one has one, else None."""
    descriptor = _open_file(name)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _is_unlocked(name: str) -> bool:
    descriptor = _try_lock(name)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is not None


def _ensure_keeper() -> None:
    """Start the keeper unless one lives. It inherits the locked descriptor, so there is never a second one."""
    descriptor = _try_lock("keeper.lock")
    if descriptor is None:
        return
    with (servers_dir() / "keeper.log").open("ab") as log:
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "loyalty.embedded", str(descriptor)],
            cwd=BASE_DIR,
            env={**os.environ, "LOYALTY_VAR_DIR": str(var_dir())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[descriptor],
            start_new_session=True,
        )
    os.close(descriptor)


def _keep_servers(keeper_lock: int) -> None:
    """Wait until no process uses the servers, stop them, end.

    The lease is asked for again under the mutex: between the first answer and the mutex a new user may have come.
    The keeper's own lock is given up under the mutex too, so the next user never takes a leaving keeper for a live one.
    """
    while True:
        with _hold_lock("lease.lock"):
            pass
        with _hold_lock("mutex.lock"):
            lease = _try_lock("lease.lock")
            if lease is not None:
                _stop_servers()
                os.close(keeper_lock)
                return


if __name__ == "__main__":
    _keep_servers(int(sys.argv[1]))
