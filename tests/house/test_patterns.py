"""The pages of patterns show every part there is, and only to who develops."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from django.conf import settings

from backspasm_site import urls
from triage.operations.patterns import ALONE

# As with DEBUG=true.
urlpatterns = [*urls.urlpatterns, *urls.pattern_urlpatterns]
pytestmark = pytest.mark.urls(__name__)

TEMPLATES = Path(settings.BASE_DIR, "templates")
FILES = [
    path.relative_to(TEMPLATES).as_posix()
    for folder in ("components", "clinic_forms")
    for path in sorted((TEMPLATES / folder).rglob("*"))
    if path.is_file()
]
ADDRESSES = ["/patterns/", *(f"/patterns/{name}/" for name in ALONE)]
# Of the handout alone, which is their place to be looked at.
ON_THE_HANDOUT = {"blank", "notes", "print-here"}


@pytest.fixture
def shown(client):
    """The pages, and for each template in use the pages that it is on."""
    pages, used = {}, defaultdict(list)
    for address in ADDRESSES:
        response = client.get(address)
        assert response.status_code == 200
        pages[address] = response.content.decode()
        for template in response.templates:
            used[template.name].append(address)
    return pages, used


def test_every_part_is_shown_under_the_name_of_its_file(shown):
    pages, used = shown
    for file in FILES:
        name = file.split("/")[-1] if file.endswith(".svg") else file
        assert any(f"<code>{name}</code>" in pages[address] for address in used[file]), f"{file} is on no page"


def test_every_class_of_the_stylesheet_is_shown(shown):
    pages, _ = shown
    rules = Path(settings.BASE_DIR, "static", "css", "site.css").read_text(encoding="utf-8")
    components = rules.split("@layer components {")[1].split("@layer forced-colours {")[0]
    classes = set(re.findall(r"\.([a-z][a-z0-9-]*)", components))
    found = {
        name for page in pages.values() for names in re.findall(r'class="([^"]*)"', page) for name in names.split()
    }
    assert classes - found - ON_THE_HANDOUT == set()


@pytest.mark.urls("backspasm_site.urls")
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_server_has_no_such_address(client, address):
    assert client.get(address).status_code == 404


def test_they_are_shown_in_spanish_too(client):
    page = client.get("/patterns/result-urgent/?lang=es").content.decode()
    assert '<html lang="es">' in page
    assert "Vea a un médico hoy" in page
    assert 'value="en" lang="en">English</button>' in page


def test_an_unknown_pattern_is_not_found(client):
    assert client.get("/patterns/no-such/").status_code == 404


def test_each_state_differs(shown):
    pages, _ = shown
    assert len(set(pages.values())) == len(ADDRESSES)
    assert pages["/patterns/form-in-error/"].count('aria-invalid="true"') > 5
    assert pages["/patterns/"].count(" checked") >= 4
