"""Keeps a handful of processes running: starts them, starts them again when they die, stops them together.

Each process is the leader of a group of its own, so a Ctrl-C in the terminal reaches only the supervisor,
and whatever a killed leader leaves behind is found by its group.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

POLL_SECONDS = 0.2
STOP_SECONDS = 20.0
STEADY_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 30.0
LOG_LIMIT_BYTES = 10_000_000

Say = Callable[[str], None]


@dataclass
class Program:
    """One process to keep running."""

    name: str
    command: Sequence[str]
    log: Path | None
    """Where its output goes; None: where ours goes."""
    pass_fds: Sequence[int] = ()
    stops_last: bool = False
    """Others still need it while they finish."""
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    start_again_at: float = field(default=0.0, init=False)
    pause_seconds: float = field(default=0.0, init=False)

    def start(self) -> None:
        with self._opened_log() as log:
            self.process = subprocess.Popen(  # noqa: S603
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.pass_fds,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )
        self.started_at = time.monotonic()

    def _opened_log(self) -> AbstractContextManager[IO[bytes] | None]:
        if self.log is None:
            return contextlib.nullcontext()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".previous.log"))
        return self.log.open("ab")

    def ended(self) -> int | None:
        """Return the exit code when the process is over, negative for a signal, else None; its leftovers are killed."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        kill_group(self.process.pid)
        self.process = None
        return code

    def plan_restart(self) -> None:
        """Plan the restart: at once after a steady run, later and later when it keeps dying."""
        steady = time.monotonic() - self.started_at > STEADY_SECONDS
        self.pause_seconds = 0.0 if steady else min(LONGEST_PAUSE_SECONDS, self.pause_seconds * 2 + 0.5)
        self.start_again_at = time.monotonic() + self.pause_seconds


class Supervisor:
    def __init__(self, programs: Sequence[Program], *, pid_file: Path, say: Say) -> None:
        self.programs = programs
        self.pid_file = pid_file
        self.say = say
        self.stopping = False
        self.parent = os.getppid()

    def stop_on_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: setattr(self, "stopping", True))

    def start(self) -> None:
        for program in self.programs:
            program.start()
        self._write_pids()

    def keep_running(self, *, also: Callable[[], None] = lambda: None, every_seconds: float = 3.0) -> None:
        """Call `also` now and then; return after a signal to stop, or when our own parent (make) is gone."""
        next_at = time.monotonic() + every_seconds
        while not self.stopping and os.getppid() == self.parent:
            self.look_after()
            if time.monotonic() >= next_at:
                also()
                next_at = time.monotonic() + every_seconds
            time.sleep(POLL_SECONDS)

    def look_after(self) -> None:
        for program in self.programs:
            code = program.ended()
            if code is not None:
                program.plan_restart()
                how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
                where = f" (log: {program.log})" if program.log else ""
                self.say(f"{program.name} {how}; starting it again{where}")
            if program.process is None and time.monotonic() >= program.start_again_at:
                program.start()
                self._write_pids()

    def stop(self) -> None:
        """Ask each to finish, those that others need after them; anyone who has not after STOP_SECONDS is killed."""
        for stops_last in (False, True):
            _stop_all([p.process for p in self.programs if p.process and p.stops_last is stops_last])
        self.pid_file.unlink(missing_ok=True)

    def _write_pids(self) -> None:
        """Write process ids for the next start: not everywhere do children end with a supervisor that is killed."""
        pids = [p.process.pid for p in self.programs if p.process is not None]
        self.pid_file.write_text("".join(f"{pid} {psutil.Process(pid).create_time()}\n" for pid in pids))


def _stop_all(running: "Sequence[subprocess.Popen[bytes]]") -> None:
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        kill_group(process.pid)
        process.wait()


def kill_leftovers(pid_file: Path, *, say: Say) -> None:
    """End what a killed supervisor left running: same process id and same start time, so never a stranger."""
    if not pid_file.exists():
        return
    ended = []
    for line in pid_file.read_text().splitlines():
        pid, created = line.split()
        try:
            process = psutil.Process(int(pid))
            if process.create_time() != float(created):
                continue
        except psutil.NoSuchProcess:
            continue
        say(f"ending process {pid}, left over from an earlier run")
        kill_group(int(pid))
        ended.append(process)
    psutil.wait_procs(ended, timeout=STOP_SECONDS)  # until then they keep the port
    pid_file.unlink()


def kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _die_with_parent() -> None:
    """Let Linux end the child when the supervisor dies, even by kill -9 (PR_SET_PDEATHSIG = 1)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
