"""The process runner: a process that dies comes back, its leftovers are gone, and everything stops together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from loyalty.supervisor import Program, Supervisor, kill_leftovers

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
WITH_CHILD = [sys.executable, "-c", f"import subprocess; subprocess.run({SLEEP!r})"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]


def eventually(holds: Callable[[], bool], *, within_seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def said() -> list[str]:
    return []


def supervise(command: list[str], tmp_path: Path, said: list[str]) -> tuple[Supervisor, Program]:
    program = Program("web", command, tmp_path / "web.log")
    supervisor = Supervisor([program], pid_file=tmp_path / "run.pids", say=said.append)
    supervisor.start()
    return supervisor, program


def pid_of(program: Program) -> int:
    assert program.process is not None
    return program.process.pid


def test_a_killed_program_is_started_again_and_said_so(tmp_path: Path, said: list[str]) -> None:
    supervisor, program = supervise(SLEEP, tmp_path, said)
    first = pid_of(program)
    os.kill(first, signal.SIGKILL)

    def is_back() -> bool:
        supervisor.look_after()
        return program.process is not None and pid_of(program) != first

    assert eventually(is_back)
    assert said[0].startswith("web was ended by SIGKILL; starting it again")
    supervisor.stop()
    assert not (tmp_path / "run.pids").exists()


def test_what_a_killed_leader_leaves_behind_is_ended(tmp_path: Path, said: list[str]) -> None:
    supervisor, program = supervise(WITH_CHILD, tmp_path, said)
    leader = psutil.Process(pid_of(program))
    assert eventually(lambda: bool(leader.children()))
    [child] = leader.children()
    leader.kill()
    assert eventually(lambda: program.ended() is not None)
    assert eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    supervisor.stop()


def test_one_that_keeps_dying_is_started_later_and_later(tmp_path: Path, said: list[str]) -> None:
    supervisor, program = supervise([sys.executable, "-c", "raise SystemExit(3)"], tmp_path, said)

    def has_died_twice() -> bool:
        supervisor.look_after()
        return len(said) >= 2

    assert eventually(has_died_twice)
    assert said[0].startswith("web ended with code 3")
    assert program.pause_seconds > 1.0
    supervisor.stop()


def test_one_that_will_not_stop_is_killed(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loyalty.supervisor.STOP_SECONDS", 0.5)
    supervisor, program = supervise(STUBBORN, tmp_path, said)
    process = program.process
    assert process is not None
    assert eventually(lambda: "deaf" in (tmp_path / "web.log").read_text()), "it ignores the signal from here on"
    supervisor.stop()
    assert process.returncode == -signal.SIGKILL


def test_leftovers_of_a_killed_run_are_ended_but_never_a_stranger(tmp_path: Path, said: list[str]) -> None:
    left, stranger = (subprocess.Popen(SLEEP, start_new_session=True) for _ in range(2))
    (tmp_path / "run.pids").write_text(
        f"{left.pid} {psutil.Process(left.pid).create_time()}\n{stranger.pid} 1.0\n999999999 1.0\n"
    )
    kill_leftovers(tmp_path / "run.pids", say=said.append)
    assert not psutil.pid_exists(left.pid), "it is waited for: until it is gone it keeps the port"
    left.wait()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_children_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from loyalty.supervisor import *\n"
        f"p = Program('web', {SLEEP!r}, Path({str(tmp_path / 'web.log')!r})); p.start()\n"
        "print(p.process.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    assert eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
