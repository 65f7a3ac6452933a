"""Staff sign in with two steps, in a real browser with the site's own headers."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import desktop, type_code, type_password
from tests.conftest import code_for


def follow(screen: Page, *links: str) -> None:
    for link in links:
        screen.get_by_role("link", name=link, exact=True).click()


def is_in(screen: Page) -> None:
    expect(screen.locator("#user-tools")).to_be_visible()


def choose_password(screen: Page, given: str) -> str:
    """Choose a new password, as the site asks after a given one. Returns it."""
    expect(screen.get_by_text("Choose one that only you know")).to_be_visible()
    password = f"{given}, and mine"
    for label, typed in (("Old password:", given), ("New password:", password), ("confirmation", password)):
        screen.get_by_label(label, exact=label != "confirmation").fill(typed)
    screen.get_by_role("button", name="Change my password").click()
    follow(screen, "Home")
    return password


@pytest.fixture
def see(look):
    """see(screen, heading): the page with this heading is there, and axe finds nothing wrong with it."""

    def see_it(screen: Page, heading: str) -> None:
        expect(screen.get_by_role("heading", name=heading, exact=True, level=1)).to_be_visible()
        look(screen)

    return see_it


@pytest.fixture
def make_account(manager_desk, see):
    """make_account(name): a manager makes it, and reads its password from the page."""

    def make(name: str) -> str:
        manager_desk.goto("/admin/triage/staffaccount/add/")
        manager_desk.get_by_label("Username").fill(name)
        manager_desk.get_by_label("First name").fill("Ana")
        manager_desk.get_by_label("Last name").fill("Ruiz")
        manager_desk.get_by_label("Work email").fill("ana@example.org")
        manager_desk.get_by_label("Role").select_option("Front desk")
        manager_desk.get_by_role("button", name="Save", exact=True).click()
        see(manager_desk, f"The password of {name}")
        password = manager_desk.locator("#content code").inner_text()
        follow(manager_desk, name)
        see(manager_desk, "Change staff account")
        return password

    return make


def test_a_new_account_sets_up_an_app_and_signs_in_with_it(browser, site, make_account, see):
    password = make_account("ana")
    with desktop(browser, site) as screen:
        screen.goto("/admin/triage/bookingrequest/")
        see(screen, "Sign in")
        type_password(screen, "ana", password)
        see(screen, "Set up an app or a passkey")
        follow(screen, "Set up an app")
        key = screen.locator("code").inner_text()
        assert screen.locator("img.qr").evaluate("picture => picture.naturalWidth") > 0
        screen.get_by_label("code").fill("000000")
        screen.get_by_role("button", name="Finish").click()
        expect(screen.get_by_text("This code is not right")).to_be_visible()
        see(screen, "Set up an authenticator app")
        screen.get_by_label("code").fill(code_for(key))
        screen.get_by_role("button", name="Finish").click()
        see(screen, "Recovery codes")
        screen.get_by_role("button", name="Show my codes").click()
        expect(screen.locator(".codes code")).to_have_count(10)
        see(screen, "Recovery codes")
        follow(screen, "I saved them. Go to the requests")
        see(screen, "Password change")
        password = choose_password(screen, password)
        is_in(screen)

        follow(screen, "Code from your app")
        see(screen, "Code from your app")
        follow(screen, "Recovery codes", "Make new codes")
        see(screen, "Your password, please")
        screen.get_by_label("Password").fill(password)
        screen.get_by_role("button", name="Go on").click()
        see(screen, "Make new recovery codes")
        follow(screen, "Code from your app", "Remove the app")
        see(screen, "Remove the app")

        screen.goto("/admin/second-factor/")
        screen.get_by_role("button", name="Sign out").click()
        see(screen, "Sign in")
        type_password(screen, "ana", password)
        see(screen, "Enter a code")
        type_code(screen, code_for(key))
        is_in(screen)


def test_a_passkey_is_a_second_factor(browser, site, make_account, see):
    """At the name localhost: browsers have no passkeys for 127.0.0.1."""
    password = make_account("leo")
    with desktop(browser, site) as screen:
        screen.goto("/admin/")
        type_password(screen, "leo", password)
        expect(screen.get_by_text("Passkeys do not work at this address.")).to_be_visible()

        screen.goto(f"{site.url.replace('127.0.0.1', 'localhost')}/admin/")
        device = screen.context.new_cdp_session(screen)
        device.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
        device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        type_password(screen, "leo", password)
        follow(screen, "Add a passkey")
        see(screen, "Add a passkey")
        screen.get_by_role("button", name="Add a passkey").click()
        screen.get_by_role("button", name="Show my codes").click()
        follow(screen, "I saved them. Go to the requests")
        password = choose_password(screen, password)
        is_in(screen)

        follow(screen, "Code from your app")
        see(screen, "Code from your app")
        screen.get_by_role("button", name="Sign out").click()
        type_password(screen, "leo", password)
        see(screen, "Enter a code")
        screen.get_by_role("button", name="Use a passkey").click()
        is_in(screen)

        follow(screen, "Code from your app", "Remove Passkey 1")
        screen.get_by_label("Password").fill(password)
        screen.get_by_role("button", name="Go on").click()
        see(screen, "Remove a passkey")
        screen.get_by_role("button", name="Remove Passkey 1").click()
        see(screen, "Set up an app or a passkey")


def test_a_page_that_the_role_may_not_open(desk, see):
    desk.goto("/admin/triage/staffaccount/")
    see(desk, "Not for your role")
    follow(desk, "Requests")
    is_in(desk)
