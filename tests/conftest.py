"""What every test gets: a database made by the owner and used as the application role.

Each test process has a database of its own, copied from a template that is migrated once per state of the
migrations. Tests roll back; those that must commit (races, a real server) make merchants of their own and
clean nothing up: the database is dropped at the end.
"""

import gc
import os
from collections.abc import Generator, Iterator
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.db import connections
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from messaging.models import Instance
from messaging.operations import Mark, write_mark
from pos_integration.request_log.writer import request_log
from tests.databases import make_test_database, prepare_template
from tests.product_server import product_server
from tests.statements import MerchantNamed

# Playwright's synchronous API leaves an event loop running in the thread of the tests, and Django would refuse
# every query of the tests that follow. Nothing here awaits, so there is nothing to protect.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# A busy machine is no fault of the code: no example has to be quick.
hypothesis_settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("suite")
# For runs that only ask whether a test fails, not why: python -m tests.mutation.
hypothesis_settings.register_profile(
    "mutants",
    hypothesis_settings.get_profile("suite"),
    phases=[Phase.explicit, Phase.generate],
    database=None,
    derandomize=True,
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What collecting makes lives as long as the process: looking through it for garbage finds none."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Migrate the template before the first test that needs a database, whose timeout is not meant for that."""
    if not session.config.option.collectonly and any(needs_database(item) for item in session.items):
        prepare_template(settings.DATABASE_OWNER_URL)


def needs_database(item: pytest.Item) -> bool:
    names = {"db", "django_db_setup", "real_commits"} & set(getattr(item, "fixturenames", ()))
    return bool(names) or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Replaces pytest-django's own, which would create the tables as the role that runs the tests.

    Between setup and teardown the database is closed again, so a test that asks for none has none, first or last.
    """
    with make_test_database(settings.DATABASE_OWNER_URL) as name:
        with django_db_blocker.unblock():
            connection = connections["default"]
            connection.close()
            # Both: a thread opens its connection from settings.DATABASES, this thread's exists already.
            settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
        yield
        with django_db_blocker.unblock():
            connections.close_all()


@pytest.fixture
def real_commits(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database without a surrounding transaction: what commits stays. For races and anything over HTTP."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()


@pytest.fixture(scope="session")
def server_url(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The production web server over this process's test database; use it with `real_commits`."""
    name = str(settings.DATABASES["default"]["NAME"])
    with product_server(database=name, log=tmp_path_factory.mktemp("server") / "web.log") as url:
        yield url


@pytest.fixture(autouse=True)
def mark_that_fits_the_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A mark of its own for each test that rolls back: its sweeps vanish from the row, and must not stay in the file.

    A test with real commits begins as an installation that never swept, whatever one before it left.
    """
    names = request.fixturenames
    if "real_commits" in names:
        request.getfixturevalue("real_commits")
        Instance.objects.all().delete()
        return
    if request.node.get_closest_marker("django_db") is None and "db" not in names:
        return
    request.getfixturevalue("db")
    request.getfixturevalue("settings").INSTANCE_DIR = tmp_path_factory.getbasetemp() / "marks" / uuid4().hex
    row = Instance.objects.first()
    if row is not None:
        write_mark(Mark(instance=row.instance, sweeps=row.sweeps))


@pytest.fixture(autouse=True)
def every_statement_names_its_merchant() -> Iterator[None]:
    """No statement of the product may go over a merchant's table without saying whose rows it means."""
    with connections["default"].execute_wrapper(MerchantNamed()):
        yield


@pytest.fixture
def midday() -> Iterator[None]:
    """Noon of today in the shops of tests: what happened some hours ago is of the same business day, at any hour."""
    noon = datetime.now(ZoneInfo("Asia/Jakarta")).replace(hour=12, minute=0, second=0, microsecond=0)
    with time_machine.travel(noon, tick=True):
        yield


@pytest.fixture(autouse=True)
def request_log_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server's thread writes the log here: what earlier tests left would wait, and in the end nothing be taken."""
    monkeypatch.setattr(request_log, "_waiting", [])
    monkeypatch.setattr(request_log, "_bytes", 0)
