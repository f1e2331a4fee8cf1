"""`make run`: everything the product needs on one machine, until Ctrl-C.

PostgreSQL and Valkey, migrations, static files, the demo shop, then web, worker, beat and the mail sink.
PORT chooses the port; DATABASE_URL with DATABASE_OWNER_URL, REDIS_URL and EMAIL_URL point at real servers instead.
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from loyalty import embedded
from loyalty.environment import read_int, read_text
from loyalty.serving.ports import claim_port
from loyalty.serving.programs import web_programs
from loyalty.supervisor import Program, Supervisor, kill_leftovers

ROOT = Path(__file__).resolve().parent.parent
WEB_WORKERS = 2
WORKER_PROCESSES = 2
READY_SECONDS = 60.0
STOPPED = "Stopped. The data is kept; `make run` goes on with it."
STILL_USED = "Stopped, except PostgreSQL and Valkey: another process (a shell, a command) uses them and ends them."


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def main() -> None:
    host = read_text("HOST", "127.0.0.1")
    port = read_int("PORT", 8000, low=1, high=65535)
    folder = embedded.var_dir()
    folder.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # the same way out as Ctrl-C until everything has started
    lock = refuse_second_run(folder)
    kill_leftovers(folder / "run.pids", say=say)
    listener = claim_port(host, port)
    say("Starting PostgreSQL and Valkey ..." if embedded.needed() else "Using the servers of the environment ...")
    embedded.hold()
    prepare(folder / "log" / "prepare.log")
    supervisor = Supervisor(programs(listener, folder), pid_file=folder / "run.pids", say=say)
    supervisor.stop_on_signals()
    try:
        supervisor.start()
        announce(supervisor, host, port, folder)
        supervisor.keep_running(also=revive_servers, every_seconds=3.0)
    finally:
        say("\nStopping ...")
        supervisor.stop()
        stopped = embedded.release(wait=True, say=say)
        os.close(lock)
        say(STOPPED if stopped else STILL_USED)


def refuse_second_run(folder: Path) -> int:
    """Hold a lock for as long as this process lives; SystemExit when another run holds it."""
    lock = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"loyalty: already running from {folder}; stop it first, or set LOYALTY_VAR_DIR") from None
    return lock


def prepare(log_path: Path) -> None:
    """Migrate as the owner; then, as the application, collect static files, load the demo shop, write run.json."""
    log_path.parent.mkdir(exist_ok=True)
    for title, command in (("Migrating", "migrate"), ("Preparing the demo shop", "prepare_run")):
        say(f"{title} ...")
        with log_path.open("wb") as log:
            arguments = [sys.executable, "manage.py", command, "--verbosity=0"]
            done = subprocess.run(arguments, cwd=ROOT, stderr=log, check=False)  # noqa: S603
        if done.returncode:
            last_lines = "\n".join(log_path.read_text(errors="replace").splitlines()[-12:])
            raise SystemExit(f"{last_lines}\nloyalty: manage.py {command} failed; the whole log is {log_path}")


def programs(listener: socket.socket, folder: Path) -> list[Program]:
    python = sys.executable
    logs = folder / "log"
    celery = [python, "-m", "celery", "--app", "loyalty.celery", "--quiet"]
    worker = [*celery, "worker", "--concurrency", str(WORKER_PROCESSES), "--loglevel", "INFO"]
    worker += ["--without-gossip", "--without-mingle"]  # there is one worker: no one to talk to
    beat = [*celery, "beat", "--schedule", str(folder / "beat-schedule"), "--pidfile=", "--loglevel", "INFO"]
    chosen = {"worker": worker, "beat": beat}
    if not read_text("EMAIL_URL"):
        chosen["mail"] = mail_sink(folder)
    others = [
        Program(name, command, logs / f"{name}.log", stops_last=name == "mail") for name, command in chosen.items()
    ]
    return [*web_programs(listener.fileno(), workers=WEB_WORKERS, logs=logs), *others]


def mail_sink(folder: Path) -> list[str]:
    port = embedded.read_plan().smtp_port
    if not embedded.port_is_free(port):
        port = embedded.free_port()
        embedded.set_smtp_port(port)
    return [sys.executable, "-m", "loyalty.mail_sink", "--port", str(port), "--folder", str(folder / "mail")]


def revive_servers() -> None:
    """Start a server again that was killed; one that does not start yet is tried again at the next look."""
    if not embedded.needed():
        return
    try:
        for name in embedded.revive():
            say(f"{name} was gone; started it again")
    except SystemExit as failure:
        say(str(failure))


def announce(supervisor: Supervisor, host: str, port: int, folder: Path) -> None:
    """Say where it is and who can log in, once the web server answers."""
    url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104
    deadline = time.monotonic() + READY_SECONDS
    while not supervisor.stopping and not answers(url):
        supervisor.look_after()
        if time.monotonic() > deadline:
            raise SystemExit(f"loyalty: the web server does not answer; see {folder / 'log' / 'web-1.log'}")
        time.sleep(0.1)
    if supervisor.stopping:
        return
    facts = json.loads((folder / "run.json").read_text())
    say(f"\nLoyalty is running at {facts['url']}\n")
    for merchant in facts["merchants"]:
        owner = merchant["owner"]
        say(f"  {merchant['name']} ({merchant['currency']}): log in as {owner['email']} / {owner['password']}")
    say(f"\n  Till keys and the rest: {folder / 'run.json'}    Logs: {folder / 'log'}")
    say(f"  Mail that was sent: {facts['mail_url'] or facts['smtp_dir'] or 'goes to EMAIL_URL'}")
    say("\nCtrl-C stops everything.")


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/accounts/login/", timeout=5).close()  # noqa: S310
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("loyalty: stopped before everything had started") from None
