"""A patient goes over to Spanish and back, on any page, and loses nothing on the way."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import with_and_without_scripts
from tests.browser.test_check import pass_step_1


def switch(page: Page, name: str) -> None:
    """Follows the language link, or presses the button that stands in its place."""
    page.get_by_role("banner").locator(".language", has_text=name).click()


@with_and_without_scripts
def test_the_check_goes_on_in_the_other_language_with_its_answers(page: Page, look):
    # Given a second step with two answers,
    pass_step_1(page)
    page.get_by_label("Less than 7 days").check()
    page.get_by_label("How old are you?").fill("36")
    # when the language is switched, then both are still there,
    switch(page, "Español")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cuéntenos de su espalda")
    expect(page.get_by_label("Menos de 7 días")).to_be_checked()
    expect(page.get_by_label("¿Cuántos años tiene?")).to_have_value("36")
    look(page)
    # and the check goes on to the same advice.
    page.get_by_label("Poco a poco, por el esfuerzo de cada día").check()
    page.get_by_label("Solo donde empezó").check()
    page.get_by_role("group", name="¿Le pasa algo de esto?").get_by_label("Ninguna de estas").check()
    page.get_by_role("group", name="¿Está embarazada?").get_by_label("No, o no es mi caso").check()
    page.get_by_role("group", name="¿Tiene o toma algo de esto?").get_by_label("Ninguna de estas").check()
    # Enter sends the form. It must not press the language button, though that comes first in the page.
    page.get_by_label("¿Cuántos años tiene?").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Por ahora puede cuidarse en casa")
    look(page)
    switch(page, "English")
    expect(page.get_by_role("heading", level=1)).to_have_text("You can care for this at home for now")
    assert page.context.cookies() == []


def test_a_request_keeps_what_was_typed(page: Page):
    page.goto("/book/")
    page.get_by_label("Full name").fill("Rosa Díaz")
    page.get_by_label("Phone number").fill("12")
    page.get_by_role("button", name="Send my request").click()
    switch(page, "Español")
    expect(page.get_by_label("Nombre completo")).to_have_value("Rosa Díaz")
    expect(page.get_by_role("alert")).to_contain_text("Escriba un teléfono de 10 números")
    page.get_by_label("Número de teléfono").press("Enter")
    expect(page.get_by_role("heading", name="Hay un problema")).to_be_visible()
    expect(page).to_have_url("/es/book/")
