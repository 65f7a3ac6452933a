"""Three replicas start at the same moment on one database, store a form once, and share their limits."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle

from tests.faults.conftest import Served, Visitor
from triage.booking.limits import PER_CONTACT


def test_three_replicas(served, tmp_path):
    shared = {name: served.env[name] for name in ("SECRET_KEY", "DATA_DIR")}
    replicas = []
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        replicas.append(Served(tmp_path / str(number), served.env.get("DATABASE_URL", ""), **shared))
    with ExitStack() as stack, ThreadPoolExecutor(3) as at_once:
        for replica in replicas:
            stack.callback(replica.stop)
        list(at_once.map(Served.start, replicas))

        first = replicas[0].visitor("198.51.100.60")
        form = first.open_form() | {"phone": "(212) 555-0160"}
        same = [Visitor(replica.port, first.address, dict(first.cookies)) for replica in replicas]
        answers = list(at_once.map(lambda visitor: visitor.book("Three at once", **form).status, same))
        assert answers == [302] * 3
        assert served.names().count("Three at once") == 1

        in_turn = zip(range(PER_CONTACT), cycle(replicas), strict=False)
        phone = {"phone": "(212) 555-0161"}
        answers = [
            replica.visitor("198.51.100.61").book(f"In turn {number}", **phone).status for number, replica in in_turn
        ]
        assert answers == [302] * PER_CONTACT
        assert replicas[0].visitor("198.51.100.62").book("One too many", **phone).status == 429
    assert not [line for replica in replicas for line in replica.log.read_text().splitlines() if '"ERROR"' in line]
