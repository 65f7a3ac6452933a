"""The site as it runs on a server, on SQLite and on PostgreSQL, for tests that inject faults."""

from collections.abc import Iterator

import pytest

from tests.postgres import DATABASES
from tests.served import Served


@pytest.fixture(scope="session")
def sites() -> Iterator[dict[str, Served]]:
    """The running sites, one for each kind of database, shared by all tests."""
    started: dict[str, Served] = {}
    yield started
    for site in started.values():
        site.kill_all()


@pytest.fixture(params=DATABASES)
def served(request, sites, tmp_path_factory) -> Served:
    kind = request.param
    if kind not in sites:
        url = request.getfixturevalue("postgres").create("faults", has_tables=True) if kind == "postgres" else ""
        sites[kind] = Served(tmp_path_factory.mktemp(kind), url)
        sites[kind].start()
    return sites[kind]
