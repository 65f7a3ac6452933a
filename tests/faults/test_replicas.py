"""Three replicas on one database store a form once, and share limits, sessions and closed days."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle

from django.conf import settings
from django.utils import timezone

from tests.once import ROOT
from tests.served import Served, Visitor
from triage.booking.deadlines import due_at
from triage.booking.limits import PER_CONTACT


def test_three_replicas(served, tmp_path):
    shared = {name: served.env[name] for name in ("SECRET_KEY", "DATA_DIR")} | {"WEB_CONCURRENCY": "1"}
    replicas = [served]
    for name in ("second", "third"):
        (tmp_path / name).mkdir()
        replicas.append(Served(tmp_path / name, served.env.get("DATABASE_URL", ""), **shared))
    with ExitStack() as stack, ThreadPoolExecutor(3) as at_once:
        for replica in replicas[1:]:
            stack.callback(replica.kill_all)
        list(at_once.map(Served.start, replicas[1:]))
        errors = errors_of(replicas)  # those from other tests

        work_at_one_desk(served, replicas, at_once)

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
    assert errors_of(replicas) == errors


def errors_of(replicas: list[Served]) -> list[str]:
    return [line for replica in replicas for line in replica.log.read_text().splitlines() if '"ERROR"' in line]


def work_at_one_desk(served: Served, replicas: list[Served], at_once: ThreadPoolExecutor) -> None:
    """A manager closes a day and two people press buttons; each click reaches another replica."""
    command = [sys.executable, "-m", "tests.sec.session", "Manager", "Front desk"]
    env = served.env | {"DJANGO_SETTINGS_MODULE": "backspasm_site.settings"}
    said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout
    manager, receptionist = (dict([cookie.split("=")]) for cookie in said.split())
    presses = [Visitor(replica.port, cookies=dict(manager)) for replica in replicas[:2]]
    presses.append(Visitor(replicas[2].port, cookies=receptionist))
    replicas[0].visitor().book("Written to", email="written@example.com")
    ((pk,),) = served.sql("SELECT id FROM triage_bookingrequest WHERE name = 'Written to'")
    page = f"/admin/triage/bookingrequest/{pk}/change/"

    # The other replicas read the closed days at their first page, and then each half minute (test_closures.py).
    promised = re.compile("Answer due ([^.]+)[.]")
    before = promised.search(presses[0].get(page).text)[1]
    day = due_at(timezone.now(), settings.CLINIC).date()
    closed = presses[0].open_form("/admin/triage/closure/add/") | {"date": day, "closes_at": "", "reason": "weather"}
    assert presses[0].post("/admin/triage/closure/add/", closed).status == 302
    (later,) = {promised.search(each.get(page).text)[1] for each in presses[1:]}
    assert later != before
    served.sql("DELETE FROM triage_closure")  # closed days of other tests

    # The answer is sent once and noted once.
    forms = [each.open_form(page) | {"reply": "tried", "_reply_send": "x"} for each in (presses[0], presses[2])]
    presses[1].cookies |= presses[0].cookies
    forms.insert(1, forms[0])
    answers = at_once.map(lambda press, form: press.post(page, form).status, presses, forms)
    assert sorted(answers) == [302, 409, 409]
    for table in ("triage_notice WHERE kind = 'tried'", "triage_staffnote WHERE text <> ''"):
        assert served.sql(f"SELECT COUNT(*) FROM {table}") == [(1,)]  # noqa: S608
    ((waiting,),) = served.sql("SELECT COUNT(*) FROM triage_bookingrequest WHERE status = 'new'")
    counted = [re.findall(r"New, waiting</dt><dd><a[^>]*>(\d+)", each.get("/admin/").text) for each in presses]
    assert counted == [[str(waiting)]] * 3
