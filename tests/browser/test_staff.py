"""Staff work with the requests, on a desktop and on a phone."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import override_settings
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE_SIZE, desktop, set_clock, type_code, type_password
from tests.browser.test_handout import PAPER
from tests.browser.test_request import fill_in, send

QUEUE = "/admin/triage/bookingrequest/"
PHONE = "(212) 555-0187"


@pytest.fixture
def database(site):
    """A direct connection, for changes that need time or a mail server."""
    with closing(site.database()) as database:
        yield database


@pytest.fixture
def new_request(site, database):
    """new_request(name): send a request, and return its number and its page. It is deleted after the test."""
    made = []

    def ask(name: str) -> tuple[str, str]:
        assert site.visitor().book(name, phone=PHONE).status == 302
        asked = database.execute("SELECT id, number FROM triage_bookingrequest WHERE name = ? ORDER BY id DESC", [name])
        pk, number = asked.fetchone()
        made.append((pk,))
        return f"{number[:3]} {number[3:]}", f"{QUEUE}{pk}/change/"

    yield ask
    with database:
        for table, key in (("staffnote", "request_id"), ("notice", "request_id"), ("bookingrequest", "id")):
            database.executemany(f"DELETE FROM triage_{table} WHERE {key} = ?", made)  # noqa: S608 - our own words


def link_to(screen: Page, number: str) -> Locator:
    return screen.get_by_role("link", name=re.compile(number.replace(" ", r"\s"))).first


def row_of(screen: Page, number: str) -> Locator:
    return screen.get_by_role("row", name=re.compile(number.replace(" ", r"\s")))


def button(screen: Page, name: str) -> Locator:
    return screen.get_by_role("button", name=name, exact=True)


def test_the_whole_life_of_a_request(browser, site, desk: Page, look):
    with desktop(browser, site) as page:
        page.goto("/book/")
        fill_in(page, "Luz Marin")
        number = send(page)
    desk.goto("/admin/")
    desk.get_by_label("Find a request").fill(number.lower().replace(" ", ""))
    desk.keyboard.press("Enter")
    link_to(desk, number).click()
    expect(desk.get_by_text("Next: Call")).to_be_visible()
    expect(desk.get_by_role("link", name=PHONE).first).to_have_attribute("href", "tel:+1-212-555-0187")
    request_page = desk.url

    button(desk, "Assign to me").click()
    expect(desk.get_by_text("is assigned to demo-frontdesk.")).to_be_visible()
    desk.get_by_label("Note").fill("Tries again at noon.")
    button(desk, "No answer").click()
    expect(desk.get_by_text("Tries again at noon.")).to_be_visible()
    look(desk)
    for move, done in (
        ("Reached", "is now contacted."),
        ("Mark scheduled", "is now scheduled."),
        ("Close: After the visit", "is now closed."),
        ("Undo", "is as before."),
        ("Close: After the visit", "is now closed."),
    ):
        if move != "Undo":
            desk.goto(request_page)
        button(desk, move).click()
        expect(desk.get_by_text(done)).to_be_visible()

    desk.get_by_role("link", name=re.compile(number)).first.click()  # in the message
    expect(desk.get_by_text("Nothing. Reopen it if there is more to do.")).to_be_visible()
    desk.get_by_role("link", name="All that happened").click()
    for line in ("Viewed", "Note added", "Sent by the patient"):
        expect(desk.get_by_role("cell", name=line).first).to_be_visible()


def test_by_keyboard_alone(desk: Page, new_request):
    number, _ = new_request("Luz Marin")
    desk.goto("/admin/")

    def tab_to(name: str) -> None:
        """Press Tab until the element of that name has the focus, which must be visible."""
        for _ in range(80):
            desk.keyboard.press("Tab")
            told = desk.evaluate(
                "(e => e.value && e.type !== 'text' && e.type !== 'search' ? e.value : e.innerText || e.name || '')"
                "(document.activeElement)"
            )
            if told.replace("\xa0", " ").strip() == name:
                seen = "(s => s.outlineStyle + ' ' + s.boxShadow)(getComputedStyle(document.activeElement))"
                assert desk.evaluate(seen) != "none none", f"{name} has the focus, and no one sees it"
                return
        raise AssertionError(f"Tab does not reach {name}")

    tab_to("q")
    desk.keyboard.type(number)
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile("q="))
    tab_to(number)
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile("change"))
    tab_to("text")
    desk.keyboard.type("Called")
    tab_to("Mark contacted")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("is now contacted.")).to_be_visible()
    desk.goto(QUEUE)
    desk.get_by_label("Search").fill(number)
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile("q="))
    tab_to("on")  # the box that checks all
    desk.keyboard.press("Space")
    for _ in range(3):  # after the choice of a colleague
        desk.keyboard.press("Shift+Tab")
    assert desk.evaluate("document.activeElement.innerText") == "Reopen"
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("is now new.")).to_be_visible()


VISIT = datetime.now(UTC).date() + timedelta(days=30)
# The most frequent tasks, from the list: the most clicks and Enter keys allowed, the steps, and what the page says
# then. "@" is a field, "=" what is typed into it.
ACTS = {
    "find a caller": (2, ["@Search=212 555 0187", "Enter"], "Luz Marin"),
    "left a message": (2, ["row", "Left a message"], "is marked “Left a message”."),
    "left a message, on its page": (2, ["open", "Left a message"], "The note was added."),
    "reached and booked": (3, ["open", f"@Visit:={VISIT}T10:30", "Mark scheduled"], f"scheduled: {VISIT:%a, %b} "),
    "take": (2, ["row", "Assign to me"], "is now assigned to you."),
    "give": (3, ["row", "@Give to=demo-manager", "Give"], "given to demo-manager."),
    "note only": (3, ["open", "@Note=Calls back", "Add note"], "Calls back"),
    "close, and say why": (2, ["open", "Close: Booked elsewhere"], "is now closed."),
    "spam": (2, ["row", "Mark spam"], "is now spam."),
    "spam, and undo": (2 + 1, ["open", "Mark spam", "Undo"], "is as before."),
}
COUNT_PRESSES = """for (const act of ["pointerdown", "keydown", "change"]) addEventListener(act, (event) => {
  if (act === "pointerdown" || event.key === "Enter" || act === "change" && event.target.matches("select"))
    pressed(act);
}, true);"""


@pytest.mark.parametrize("act", ACTS)
def test_what_a_receptionist_does_most_takes_few_clicks(desk: Page, new_request, act):
    most, steps, done = ACTS[act]
    number, _ = new_request("Luz Marin")
    presses: list[str] = []
    desk.expose_function("pressed", lambda act: presses.append(act))
    desk.add_init_script(COUNT_PRESSES)
    desk.goto(QUEUE)
    for step in steps:
        field, _, typed = step.removeprefix("@").partition("=")
        if step == "Enter":
            desk.keyboard.press(step)
        elif field == "Give to":
            desk.get_by_label(field).select_option(typed)
        elif step.startswith("@"):
            desk.get_by_label(field).click()
            desk.get_by_label(field).fill(typed)
        else:
            special = {"open": link_to(desk, number), "row": row_of(desk, number).get_by_role("checkbox")}
            special.get(step, button(desk, step)).click()
    expect(desk.get_by_text(done).first).to_be_visible()
    assert len(presses) <= most, presses
    assert len(presses) >= len(steps), "each step is counted"


def test_an_open_page_warns_before_the_time_is_up(desk: Page, site):
    set_clock(desk)
    desk.goto(QUEUE + "1/change/")
    desk.get_by_label("Note").fill("A long call")
    desk.clock.run_for(13.5 * 60 * 1000)
    warning = desk.get_by_role("alert").filter(has_text="You will be signed out in less than 2 minutes.")
    expect(warning).to_be_visible()
    button(desk, "Stay signed in").click()
    expect(warning).to_be_hidden()
    expect(desk.get_by_label("Note")).to_have_value("A long call")


def end_session(database: sqlite3.Connection, site, cookies: list) -> None:
    """Make the session look idle for too long."""
    (key,) = [each["value"] for each in cookies if each["name"] == "sessionid"]
    (data,) = database.execute("SELECT session_data FROM django_session WHERE session_key = ?", [key]).fetchone()
    with override_settings(SECRET_KEY=site.env["SECRET_KEY"]):
        session = SessionStore().decode(data)
        data = SessionStore().encode(session | {"seen_at": session["seen_at"] - 16 * 60})
    with database:
        database.execute("UPDATE django_session SET session_data = ? WHERE session_key = ?", [data, key])


def test_a_note_of_a_call_longer_than_the_session_is_stored_once(browser, site, new_request, database, look):
    (_, request_page), note = new_request("Luz Marin"), "Her back is better. \u201cCalls again\u201d on Monday."
    with desktop(browser, site) as screen:
        # Given a note that was typed while the time of the session went by,
        set_clock(screen)
        screen.goto(request_page)
        type_password(screen, "demo-manager", site.staff_password)
        type_code(screen, site.staff_codes[1])
        screen.get_by_label("Note").fill(note)
        end_session(database, site, screen.context.cookies())
        screen.clock.run_for(16 * 60 * 1000)
        expect(screen.get_by_text("You were signed out. What you typed is kept: send it,")).to_be_visible()
        # when it is sent, and the same person signs in again,
        button(screen, "No answer").click()
        expect(screen.locator(".warning").last).to_contain_text("was not saved. Sign in again, and you can send it.")
        type_password(screen, "demo-manager", site.staff_password)
        type_code(screen, site.staff_codes[2])
        # then the page shows it, and sends it on once.
        expect(screen.get_by_role("heading", name="This was not saved")).to_be_visible()
        expect(screen.get_by_role("definition").filter(has_text=note)).to_be_visible()
        look(screen)
        button(screen, "Send it now").click()
        expect(screen.get_by_text("The note was added.")).to_be_visible()
        expect(screen.get_by_text(note)).to_have_count(1)
        screen.goto("/admin/")
        expect(screen.get_by_role("heading", name="This was not saved")).to_be_hidden()
    assert database.execute("SELECT count(*) FROM triage_staffnote WHERE text = ?", [note]).fetchone() == (1,)


def test_pages_that_are_open_know_that_another_is_used(desk: Page):
    set_clock(desk)
    desk.goto(QUEUE)
    other = desk.context.new_page()
    desk.clock.run_for(10 * 60 * 1000)
    other.goto(QUEUE)
    desk.clock.run_for(4 * 60 * 1000)
    expect(desk.locator("#stay")).to_be_hidden()
    desk.clock.run_for(10 * 60 * 1000)
    expect(desk.locator("#stay")).to_be_visible()


def test_an_open_list_tells_of_new_requests(desk: Page, new_request, look):
    set_clock(desk)
    desk.goto(QUEUE + "?status=new&language=en")
    title, link = desk.title(), desk.get_by_role("link", name="new, show")
    desk.clock.run_for(61_000)
    expect(link).to_be_hidden()
    for count in (1, 2):
        new_request("Luz Marin")
        desk.clock.run_for(60_000)
        expect(link).to_have_text(f"{count} new, show")
        expect(desk).to_have_title(f"({count}) {title}")
    look(desk)
    link.click()
    desk.wait_for_url(re.compile(r"\?language=en&status=new$"))
    expect(desk).to_have_title(title)
    # When the session ends, the polling stops without a message.
    desk.context.clear_cookies()
    with desk.expect_event("requestfinished", lambda request: "/new/" in request.url):
        desk.clock.run_for(61_000)
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    desk.clock.run_for(3 * 60_000)
    assert not [address for address in asked if "/new/?" in address]
    expect(desk).to_have_title(title)


def focus_of(screen: Page) -> str:
    """The name or text of the focused element."""
    return screen.evaluate("(e => e.name || e.innerText)(document.activeElement)").replace("\xa0", " ").strip()


def test_keys_move_through_the_desk(desk: Page):
    desk.goto(QUEUE + "?status=all")
    numbers = [each.replace("\xa0", " ") for each in desk.locator("tbody th a").all_inner_texts()]
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0), ("j", 1)):
        desk.keyboard.press(key)
        assert focus_of(desk) == numbers[at]
    desk.keyboard.press("Space")  # scrolls
    desk.keyboard.press("/")
    assert focus_of(desk) == "q"
    desk.keyboard.type("j/kn")
    expect(desk.get_by_label("Search")).to_have_value("j/kn")
    row_of(desk, numbers[2]).get_by_role("checkbox").focus()
    for key in ("Control+j", "Alt+j", "Meta+j"):
        desk.keyboard.press(key)
        assert focus_of(desk) == "_selected_action"
    desk.keyboard.press("j")
    assert focus_of(desk) == numbers[3]
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile("change"))
    assert numbers[3] in desk.title()
    desk.keyboard.press("n")
    assert focus_of(desk) == "text"
    desk.keyboard.type("njk/")
    expect(desk.get_by_label("Note")).to_have_value("njk/")


def test_keys_can_be_turned_off(desk: Page):
    desk.goto(QUEUE)
    button(desk, "Turn the keys off").click()
    for page in (QUEUE, "/admin/"):
        desk.goto(page)
        for key in "/jkn":
            desk.keyboard.press(key)
            assert desk.evaluate("document.activeElement === document.body")
    button(desk, "Turn the keys on").click()
    desk.wait_for_load_state()
    desk.keyboard.press("j")
    assert desk.evaluate("document.activeElement.closest('tbody') !== null")


def test_the_skip_link_leads_to_the_rows(desk: Page):
    for address in (QUEUE, QUEUE + "?status=all&assigned=none"):
        desk.goto(address)
        desk.keyboard.press("Tab")
        assert focus_of(desk) == "Skip to the requests"
        for key in ("Enter", "Tab", "Tab"):
            desk.keyboard.press(key)
        assert desk.evaluate("document.activeElement.closest('tr') === document.querySelector('tbody tr')")
    desk.goto(QUEUE + "?level=3&assigned=none&language=es&location=none&status=spam")
    desk.keyboard.press("Tab")
    assert focus_of(desk) == "Skip to main content"


PAGES = [
    *("", "triage/notice/", "triage/auditevent/", "triage/closure/", "triage/closure/add/", "triage/staffaccount/"),
    *("triage/staffaccount/add/", "triage/bookingrequest/?status=all"),
    *("triage/bookingrequest/?status=spam&due=idle", "triage/bookingrequest/1/change/"),
    *("triage/bookingrequest/2/change/?reply=visit", "triage/bookingrequest/8/change/"),
    *("triage/bookingrequest/2/history/", "triage/bookingrequest/2/erase/", "password_change/", "second-factor/"),
]


@pytest.fixture
def something_stands_out(database):
    """The second request is urgent, has a long email address, and its confirmation was not sent."""
    with database:
        address = f"email = '{'maria.guadalupe.' * 4}fernandez@example.com', reach_by = 'email'"
        database.execute(f"UPDATE triage_bookingrequest SET {address} WHERE id = 2")  # noqa: S608 - our own words
        shared = """shared_level = 2, rules_version = 'x', shared_answers = '{"lines": [], "reasons": []}'"""
        database.execute(f"UPDATE triage_bookingrequest SET {shared} WHERE id = 2")  # noqa: S608 - our own words
        mail = "sent_at = NULL, given_up_at = created_at"
        database.execute(f"UPDATE triage_notice SET {mail} WHERE request_id = 2 AND kind = 'patient'")  # noqa: S608


# The words of a row that are on more than one line. A height in pixels would depend on the fonts of the machine.
BROKEN_WORDS = """row => {
  const broken = [];
  const texts = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode())
    for (const word of text.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      const range = new Range();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const tops = new Set([...range.getClientRects()].filter((r) => r.width > 0).map((r) => Math.round(r.top)));
      if (tops.size > 1) broken.push(word[0]);
    }
  return broken;
}"""


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_accessible_and_fits_each_screen(manager_desk: Page, something_stands_out, look, address):
    assert manager_desk.goto(f"/admin/{address}").status == 200
    look(manager_desk)
    whole = ".queue thead, .queue [lang], .queue .field-good_time, .field-number_link"
    assert not any(each.evaluate(BROKEN_WORDS) for each in manager_desk.locator(whole).all())
    for width in (1280, 1024, 820, 390, PHONE_SIZE["width"]):
        manager_desk.set_viewport_size({"width": width, "height": 900})
        wide = "e => [...e].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className)"
        assert manager_desk.evaluate("document.documentElement.scrollWidth") == width
        assert manager_desk.locator("#content, .results").evaluate_all(wide) == [], width


@pytest.mark.parametrize(
    ("address", "label", "half", "press"),
    [
        (None, "Visit:", "12302026", "Mark scheduled"),
        (None, "or at", "12302026", "No answer"),
        (None, "Date of birth", "12", "Save these"),
        ("/admin/triage/closure/add/", "Closes at", "12", "Save"),
    ],
)
def test_half_of_a_date_or_time_is_not_sent_as_none(manager_desk: Page, new_request, address, label, half, press):
    manager_desk.goto(address or new_request("Luz Marin")[1])
    if address:
        manager_desk.get_by_label("Day").fill(f"{VISIT}")
    for fold in manager_desk.locator("details").all():
        fold.evaluate("fold => { fold.open = true }")
    posted: list[str] = []
    manager_desk.on("request", lambda request: posted.append(request.method))
    field = manager_desk.get_by_label(label).first
    field.click()
    manager_desk.keyboard.press("Home")
    manager_desk.keyboard.type(half)
    assert field.evaluate("field => field.validity.badInput")
    button(manager_desk, press).click()
    expect(field).to_be_focused()
    assert "POST" not in posted


@pytest.mark.parametrize(
    ("fold", "label", "typed", "is_stored"),
    [
        ("Insurance, date of birth", "Insurance", "Aetna", True),
        ("Correct the phone", "Right phone", "212 555 0199", True),
        ("Correct the phone", "Right phone", PHONE, False),  # it is the same
        ("Correct the phone", "Right email", "rosa@", False),
    ],
)
def test_a_typed_note_goes_along_with_each_form(desk: Page, new_request, fold, label, typed, is_stored):
    desk.goto(new_request("Luz Marin")[1])
    desk.get_by_label("Note").fill("Calls back at noon")
    desk.get_by_text(fold).click()
    desk.get_by_label(label).fill(typed)
    desk.get_by_label(label).press("Enter")
    expect(desk.locator(".messagelist, #content-main .errornote").first).to_be_visible()
    expect(desk.get_by_role("listitem").filter(has_text="Calls back at noon")).to_have_count(int(is_stored))
    expect(desk.get_by_label("Note")).to_have_value("" if is_stored else "Calls back at noon")


def test_a_typed_note_is_not_lost_to_another_page(desk: Page, new_request):
    asked: list[str] = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    _, page = new_request("Luz Marin")
    desk.goto(page)
    desk.get_by_label("Visit:").fill(f"{VISIT}T10:00")
    button(desk, "Mark scheduled").click()
    desk.goto(page)
    desk.get_by_label("Note").fill("Calls back at noon")
    desk.get_by_role("link", name=PHONE).first.click()
    desk.get_by_text("The visit for our calendar").click()
    with desk.expect_download():
        button(desk, "Calendar file").click()
    assert asked == [], "a call, a file"
    for times, leave in enumerate((desk.get_by_role("link", name="History"), button(desk, "Log out")), 1):
        leave.click()
        desk.wait_for_timeout(300)
        assert asked == ["beforeunload"] * times
    expect(desk.get_by_label("Note")).to_have_value("Calls back at noon")
    button(desk, "Add note").click()
    expect(desk.get_by_text("The note was added.")).to_be_visible()
    desk.get_by_role("link", name="History").click()
    desk.wait_for_url("**/history/**")
    assert len(asked) == 2


def test_a_phone_number_after_an_arabic_name_reads_from_left_to_right(desk: Page, new_request):
    desk.goto(new_request("محمد علي")[1])
    place = """(link, at) => {
        const range = document.createRange();
        range.setStart(link.firstChild, at);
        range.setEnd(link.firstChild, at + 1);
        return range.getBoundingClientRect().left;
    }"""
    phone = desk.locator(".next a.phone")
    lefts = [phone.evaluate(place, at) for at in range(len(phone.inner_text()))]
    assert lefts == sorted(lefts)


def test_the_printed_list_is_a_call_list(desk: Page, new_request):
    number, _ = [new_request(f"{name} Rivas") for name in ("Luz", "Ana", "Eva", "Sol", "Paz")][0]
    desk.goto(QUEUE)
    desk.get_by_label("Search").fill("Rivas")
    desk.keyboard.press("Enter")
    row_of(desk, number).get_by_role("checkbox").check()
    button(desk, "No answer").click()
    expect(row_of(desk, number)).to_contain_text("No answer, ")
    as_of = desk.get_by_text(re.compile(r"^As of \w{3}, \w{3} \d{1,2}, \d{4}, "))
    expect(as_of).to_be_hidden()
    desk.set_viewport_size(PAPER)
    desk.emulate_media(media="print")
    expect(as_of).to_be_visible()
    printed = row_of(desk, number)
    expect(printed).to_contain_text(re.compile(r"Luz Rivas.*\(212\) 555-0187.*No answer, "))
    box = printed.locator(".action-checkbox").evaluate("e => getComputedStyle(e, '::before').content")
    assert box == '"☐"'
    for gone in ("Filter", "Search", "Assign to me", "Location", "Assigned to", "in this list", "Log out"):
        expect(desk.get_by_text(gone, exact=True).locator("visible=true")).to_have_count(0)
    # Each heading is above its cells, and nothing is cut off at the right.
    lefts = "row => [...row.children].filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect().left)"
    assert printed.evaluate(lefts) == desk.locator("thead tr").evaluate(lefts)
    assert desk.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
    assert printed.locator(".field-who").evaluate(BROKEN_WORDS) == []
    assert desk.pdf(format="Letter").count(b"/Type /Page\n") == 1
