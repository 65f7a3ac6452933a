"""The pages of patterns show every part there is, and only to staff."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from django.conf import settings

from backspasm_site.patterns import ALONE

TEMPLATES = Path(settings.BASE_DIR, "templates")
FILES = [
    path.relative_to(TEMPLATES).as_posix()
    for folder in ("components", "clinic_forms")
    for path in sorted((TEMPLATES / folder).rglob("*"))
    if path.is_file()
]
ADDRESSES = ["/admin/patterns/", *(f"/admin/patterns/{name}/" for name in ALONE)]
# Of the handout alone, which is their place to be looked at.
ON_THE_HANDOUT = {"blank", "notes", "print-here"}


@pytest.fixture
def shown(staff_client):
    """The pages, and for each template in use the pages that it is on."""
    pages, used = {}, defaultdict(list)
    for address in ADDRESSES:
        response = staff_client.get(address)
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


@pytest.mark.parametrize("address", ADDRESSES)
def test_they_are_for_staff_alone(client, db, django_user_model, address):
    sign_in = f"/admin/login/?next={address}"
    assert client.get(address).headers["Location"] == sign_in
    client.force_login(django_user_model.objects.create_user("a-patient"))
    assert client.get(address).headers["Location"] == sign_in


def test_they_are_shown_in_spanish_too(staff_client):
    page = staff_client.get("/admin/patterns/result-urgent/?lang=es").content.decode()
    assert '<html lang="es">' in page
    assert "Vea a un médico hoy" in page
    assert 'value="en" lang="en">English</button>' in page


def test_an_unknown_pattern_is_not_found(staff_client):
    assert staff_client.get("/admin/patterns/no-such/").status_code == 404


def test_staff_find_them(staff_client):
    assert 'href="/admin/patterns/"' in staff_client.get("/admin/").content.decode()


def test_each_state_differs(shown):
    pages, _ = shown
    assert len(set(pages.values())) == len(ADDRESSES)
    assert pages["/admin/patterns/form-in-error/"].count('aria-invalid="true"') > 5
    assert pages["/admin/patterns/"].count(" checked") >= 4
