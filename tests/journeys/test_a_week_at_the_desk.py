"""Two receptionists and a manager work through a week with a snow day, on the pages that they see."""

import datetime as dt
import re
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test.html import Element, parse_html

from tests.conftest import PASSWORD, PatientClient
from tests.journeys.test_request_a_visit import send
from tests.reading import text_of
from triage.booking.models import BookingRequest
from triage.desk import accounts

QUEUE = "/admin/triage/bookingrequest/"
MONDAY = dt.datetime.fromisoformat("2026-11-30T00:00:00-05:00")  # the last day of its month
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri"]


def parts(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        if not isinstance(child, str):
            yield from parts(child)


def words(element: Element) -> str:
    return "".join(child if isinstance(child, str) else words(child) for child in element.children).replace("\xa0", " ")


class Screen:
    """The browser of one member of staff. It presses buttons and links by their words."""

    def __init__(self, user: User) -> None:
        self.user, self.client = user, PatientClient()

    def sign_in(self) -> None:
        self.client.force_login(self.user)

    def open(self, path: str, answer=None) -> None:
        answer = answer or self.client.get(path)
        while answer.status_code == 302:
            path = urljoin(path, answer.headers["Location"])
            answer = self.client.get(path)
        assert answer.status_code == 200, text_of(answer)
        self.path, self.text, self.html = path, text_of(answer), answer.content.decode()

    @property
    def page(self) -> list[Element]:
        return list(parts(parse_html(self.html)))

    def follow(self, link: str) -> None:
        found = next(each for each in self.page if each.name == "a" and words(each).strip() == link)
        self.open(urljoin(self.path, dict(found.attributes)["href"]))

    def press(self, button: str, **typed: object) -> None:
        """Send the form of this button as a browser does, with its values and the typed ones."""
        page = self.page
        owner = {id(control): form for form in page if form.name == "form" for control in parts(form)}
        by_id = {dict(form.attributes).get("id"): form for form in page if form.name == "form"}
        for pressed in page:
            its = dict(pressed.attributes)
            is_button = pressed.name == "button" or its.get("type") == "submit"
            if is_button and button in (its.get("aria-label"), its.get("value"), words(pressed).strip()):
                break
        else:
            raise AssertionError(f"There is no “{button}” on {self.text}")
        form = by_id[its["form"]] if "form" in its else owner[id(pressed)]
        fields: dict[str, list] = {its["name"]: [its.get("value", "")]} if its.get("name") else {}
        boxes = set()
        for control in parts(form):
            its = dict(control.attributes)
            if control.name == "select":
                options = [dict(each.attributes) for each in parts(control) if each.name == "option"]
                chosen = next((each for each in options if "selected" in each), options[0])
                fields[its["name"]] = [chosen.get("value", "")]
            elif control.name == "textarea":
                fields[its.get("name", "")] = [words(control)]
            elif its.get("type") == "checkbox":
                boxes.add(its.get("name", ""))
            elif control.name == "input" and its.get("type") != "submit":
                fields.setdefault(its["name"], []).append(its.get("value", ""))
        assert typed.keys() <= fields.keys() | boxes, f"The form of “{button}” does not ask for that."
        where = urljoin(self.path, dict(form.attributes).get("action", ""))
        self.open(where, self.client.post(where, fields | typed))

    # --- What receptionists do most ----------------------------------------------------

    def find(self, name: str) -> None:
        """Search for a request, and open it."""
        self.open(QUEUE)
        self.press("Search", q=name)
        self.follow(str(BookingRequest.objects.get(name=name)))

    def open_request(self, name: str) -> None:
        stored = BookingRequest.objects.get(name=name)
        self.open(f"{QUEUE}{stored.pk}/change/")
        assert f"Request {stored}" in self.text

    def work_on(self, name: str, button: str, **typed: object) -> None:
        self.open_request(name)
        self.press(button, **typed)

    def check(self, names: str, button: str, **typed: object) -> None:
        """Check these rows of the queue, and press a button of the list."""
        self.open(QUEUE)
        keys = [each.pk for each in BookingRequest.objects.filter(name__in=names.split(", "))]
        self.press(button, _selected_action=keys, **typed)

    def figures(self) -> list[str]:
        """The counts of the front page."""
        self.open("/admin/")
        asked = "New, waiting (.+) Due now (.+) Visits today (.+) Overdue (.+) New today (.+)"
        return list(re.search(f"{asked} Usual wait for a first call this week (.+) Do first", self.text).groups())


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def test_a_week_at_the_desk(clock, staff_user, manager_user):
    colleague = accounts.make_account(username="maria", role=accounts.FRONT_DESK, password=PASSWORD)
    ines, maria, manager = screens = [Screen(user) for user in (staff_user, colleague, manager_user)]

    today, asked = "", 0

    def at(when: str) -> None:
        """Set the clock to a time of this week, such as "Tue 14:30". Each morning all sign in."""
        nonlocal today
        day, hour, minute = re.split("[ :]", when)
        clock.move_to(MONDAY + dt.timedelta(days=DAYS.index(day), hours=int(hour), minutes=int(minute)))
        if day != today:
            today = day
            for screen in screens:
                screen.sign_in()

    def ask(when: str, name: str, **typed: str) -> str:
        """A patient asks for a visit. What the page says then."""
        nonlocal asked
        at(when)
        asked += 1
        patient = PatientClient(REMOTE_ADDR=f"198.51.100.{asked}")
        typed = {"name": name, "phone": f"(212) 555-{asked:04}"} | typed
        return text_of(send(patient, patient.get("/book/"), **typed))

    # Monday: calls that fail, a wrong click, a duplicate.
    ask("Mon 9:00", "Ana Ruiz")
    ask("Mon 9:30", "Ben Katz", email="ben@example.com")
    at("Mon 9:40")
    ines.work_on("Ana Ruiz", "Reached")  # after 40 min
    at("Mon 9:45")
    maria.work_on("Ben Katz", "No answer", call_again="hour")
    ask("Mon 10:00", "Cleo Nunez", language="es")
    at("Mon 10:20")
    maria.work_on("Cleo Nunez", "Mark scheduled", visit_at="2026-12-02T11:00", visit_location="one")  # after 20 min
    ines.work_on("Ana Ruiz", "Mark scheduled", visit_at="2026-12-01T10:00", visit_location="two")
    assert "is now scheduled: Tue 10 AM." in ines.text
    at("Mon 10:44")
    assert ines.figures() == ["1", "0", "0", "0", "3", "30 min"]
    at("Mon 10:45")
    assert ines.figures()[1] == "1"
    ines.work_on("Ben Katz", "No answer", call_again="morning", text="Rang long")
    assert "No answer ×2, 10:45 AM" in ines.text
    ask("Mon 11:00", "Dev Shah")
    at("Mon 11:35")
    ines.check("Dev Shah", "Mark spam")
    ines.press("Undo")
    assert "is as before." in ines.text
    maria.work_on("Dev Shah", "Reached")  # after 35 min
    maria.work_on("Dev Shah", "Close: Booked elsewhere")
    ask("Mon 16:30", "Ana M. Ruiz", phone="(212) 555-0001")
    ines.find("Ana M. Ruiz")
    assert "Perhaps the same person has asked 1 time before" in ines.text
    ines.press("Close: Duplicate")

    # Tuesday: two are given to a colleague, one visit takes place, and snow is forecast.
    at("Tue 9:00")
    assert ines.figures()[:5] == ["1", "1", "1", "0", "0"]  # Ben is due again, and Ana comes
    ask("Tue 9:00", "Femi Ojo")
    at("Tue 9:10")
    ines.work_on("Ben Katz", "Left a message")  # after 7 h 40 min
    ines.check("Ben Katz, Femi Ojo", "Give", to=colleague.pk)
    at("Tue 9:50")
    maria.open(f"{QUEUE}?assigned=me")
    assert "Femi Ojo" in maria.text
    maria.work_on("Femi Ojo", "Left a message", call_at="2026-12-03T09:00")  # after 50 min
    ask("Tue 13:00", "Gita Rao")
    at("Tue 14:10")
    maria.work_on("Gita Rao", "Mark scheduled", visit_at="2026-12-04T15:00", visit_location="one")  # after 70 min
    assert "by 5 PM Eastern Time on Wednesday, December 2" in ask("Tue 16:00", "Hui Lin")
    at("Tue 16:30")
    manager.open("/admin/triage/closure/add/")
    manager.press("Save", date="2026-12-02", reason="weather")

    # Wednesday: snow. Nobody is at the desk but the manager, who moves the visit of this day.
    text = ask("Wed 12:00", "Ivo Bilic")
    assert "We are closed now. We will call (212) 555-0009 on Thursday, December 3, after 9 AM" in text
    manager.work_on("Cleo Nunez", "Change the visit", visit_at="2026-12-04T11:00")
    call_command("send_notices", "--once")  # which closes what was a visit a day ago
    manager.open_request("Ana Ruiz")
    assert "by the site: After the visit" in manager.text

    # Thursday: what came before the snow is due today, to the minute.
    at("Thu 9:15")
    ines.work_on("Ivo Bilic", "Left a message")  # after 15 min, as the snow does not count
    ask("Thu 10:00", "Jana Novak")
    ask("Thu 16:50", "Kofi Mensah")
    ines.work_on("Kofi Mensah", "Mark spam")
    at("Thu 16:59")
    assert ines.figures()[:4] == ["2", "1", "0", "0"]
    at("Thu 17:00")
    assert ines.figures()[:4] == ["2", "2", "0", "1"]

    # Friday: one does not come, one is given up after three tries.
    ask("Fri 9:05", "Lina Haddad")
    at("Fri 9:30")
    ines.work_on("Hui Lin", "Reached")  # after 9 h 30 min
    maria.work_on("Hui Lin", "Close: Not ours")
    at("Fri 11:30")
    maria.work_on("Cleo Nunez", "Did not come")
    at("Fri 16:00")
    maria.work_on("Ben Katz", "Close: No reply after 3 tries", text="The third try, too")
    assert "is now closed." in maria.text

    at("Fri 16:59")
    # Jana and Lina are new; Femi and Cleo are to be called; Gita came at 3. The median of 15, 20, 35, 40, 50, 70,
    # 460 and 570 minutes. Spam is not counted.
    assert ines.figures() == ["2", "2", "1", "0", "1", "45 min"]
    at("Fri 17:00")
    assert ines.figures() == ["2", "3", "1", "1", "1", "45 min"]
    assert "Nov 30 11 45 min" in ines.text
    this_month = [f"{reason} 0 1" for reason in ("After the visit", "No reply after 3 tries", "Not ours")]
    for line in ("Booked elsewhere 1 0", "Duplicate 1 0", *this_month):
        assert line in ines.text
    for address, numbers in {"?due=now": 3, "?status=new": 2, "?due=overdue": 1}.items():
        ines.open(QUEUE + address)
        assert f"{numbers} in this list" in ines.text
