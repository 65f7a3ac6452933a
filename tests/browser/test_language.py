"""A patient switches to Spanish and back, on any page, and loses nothing."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import with_and_without_scripts
from tests.browser.test_check import pass_step_1


def switch(page: Page, name: str) -> None:
    """Follow the language link, or press the button that replaces it."""
    page.get_by_role("banner").locator(".language:visible", has_text=name).click()


@with_and_without_scripts
def test_check_and_request_go_on_in_the_other_language_with_what_was_typed(page: Page, look):
    # Given a sign that is checked on the first page,
    page.goto("/check/")
    page.locator("[value=balance]").check()
    switch(page, "Español")
    expect(page.get_by_role("heading", level=1)).to_contain_text("¿Ha tenido algo de esto")
    expect(page.locator("[value=balance]")).to_be_checked()
    # or a second step with an answer, when the language is switched, then it is still there.
    pass_step_1(page)
    page.get_by_label("Less than 7 days").check()
    switch(page, "Español")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cuéntenos de su espalda")
    expect(page.get_by_label("Menos de 7 días")).to_be_checked()
    look(page)
    # Enter sends the form. It must not press the language button, which comes first in the page.
    page.get_by_label("¿Cuántos años tiene?").press("Enter")
    expect(page.get_by_role("heading", name="Hay un problema")).to_be_visible()
    assert page.context.cookies() == []
    page.goto("/book/")
    switch(page, "Español")
    # Nothing was typed yet, so this is the page at its address, which a browser can load again.
    expect(page.get_by_role("banner").get_by_role("link", name="English")).to_be_visible()
    # Each kind of answer alone is enough; what a blank form has checked is none.
    page.get_by_label("Otra persona").check()
    switch(page, "English")
    expect(page.get_by_label("Someone else")).to_be_checked()
    page.goto("/es/book/")
    page.get_by_text("Más sobre su cita").click()
    page.locator("#id_note").fill("Silla de ruedas")
    switch(page, "English")
    expect(page.locator("#id_note")).to_have_value("Silla de ruedas")
    page.goto("/es/book/")
    page.get_by_label("Nombre completo").fill("Rosa Díaz")
    switch(page, "English")
    expect(page.get_by_label("Full name")).to_have_value("Rosa Díaz")
    expect(page.get_by_role("heading", name="There is a problem")).to_have_count(0)
    page.get_by_label("Phone number").press("Enter")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
