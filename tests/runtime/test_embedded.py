"""The embedded servers: started by the first process that needs them, stopped when the last one is gone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from loyalty.postgres_server import Cluster
from loyalty.server_plan import ServerPlan
from loyalty.valkey_server import Valkey

ROOT = Path(__file__).resolve().parents[2]
HOLD = "from loyalty import embedded; import json, dataclasses; embedded.hold(); {then}"
SHOW_PLAN = "print(json.dumps(dataclasses.asdict(embedded.read_plan())), flush=True); input()"


class Holder:
    """A process that uses the servers of `var_dir` until it is asked to go, or killed."""

    def __init__(self, var_dir: Path) -> None:
        environment = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD.format(then=SHOW_PLAN)],
            cwd=ROOT,
            env={**environment, "LOYALTY_VAR_DIR": str(var_dir)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the servers did not start"
        self.plan = ServerPlan(**json.loads(line))

    def leave(self) -> None:
        self.process.communicate("\n", timeout=30)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=30)


@pytest.fixture
def var_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "var"
    yield folder
    shutil.rmtree(Cluster(folder, an_empty_plan()).home, ignore_errors=True)


def an_empty_plan() -> ServerPlan:
    return ServerPlan("", 0, 0, 0, "", "", "", "")


def eventually(holds: Callable[[], bool], *, within_seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def running(var_dir: Path, plan: ServerPlan) -> tuple[bool, bool]:
    return Cluster(var_dir, plan).is_running(), Valkey(var_dir, plan).is_running()


def test_they_live_as_long_as_a_process_uses_them_and_keep_the_data(var_dir: Path) -> None:
    first, second = Holder(var_dir), Holder(var_dir)
    assert first.plan == second.plan
    with psycopg2.connect(first.plan.owner_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS number")
    connection.close()
    first.leave()
    assert running(var_dir, second.plan) == (True, True)
    second.kill()
    assert eventually(lambda: running(var_dir, second.plan) == (False, False)), "a killed user left the servers running"

    third = Holder(var_dir)
    with psycopg2.connect(third.plan.owner_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT number FROM kept")
        assert cursor.fetchone() == (7,)
    connection.close()
    third.leave()
    assert eventually(lambda: running(var_dir, third.plan) == (False, False))


def test_a_killed_server_is_started_again_by_the_next_user(var_dir: Path) -> None:
    first = Holder(var_dir)
    cluster = Cluster(var_dir, first.plan)
    os.kill(int((cluster.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    os.kill(int((var_dir / "valkey" / "valkey.pid").read_text()), signal.SIGKILL)
    assert eventually(lambda: not cluster.is_alive())
    second = Holder(var_dir)
    assert running(var_dir, second.plan) == (True, True)
    first.leave()
    second.leave()
    assert eventually(lambda: running(var_dir, second.plan) == (False, False))


def test_the_application_role_is_not_the_owner(var_dir: Path) -> None:
    holder = Holder(var_dir)
    with (
        closing(psycopg2.connect(holder.plan.app_url)) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        cursor.execute("CREATE TABLE mine (number integer)")
    holder.leave()
    assert eventually(lambda: running(var_dir, holder.plan) == (False, False))


RELEASE = (
    "from loyalty import embedded as e; e.hold(); stopped = e.release(wait=True); print(stopped, e._alive_servers())"
)


def test_a_release_that_waits_returns_when_nothing_runs_any_more(var_dir: Path) -> None:
    assert run_release(var_dir) == "True []"


def test_a_release_says_when_others_go_on(var_dir: Path) -> None:
    other = Holder(var_dir)
    assert run_release(var_dir) == "False ['PostgreSQL', 'Valkey']"
    other.leave()
    assert eventually(lambda: running(var_dir, other.plan) == (False, False))


def run_release(var_dir: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    done = subprocess.run(
        [sys.executable, "-c", RELEASE],
        cwd=ROOT,
        env={**environment, "LOYALTY_VAR_DIR": str(var_dir)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
