"""A person reads the guide from the first page to the last, and finds it from a wrong address."""

import pytest
from django.conf import settings
from django.urls import reverse

from tests.reading import PUBLIC, ReadPage, html_of, open_page, read_page
from triage.guide.pages import PAGES, READING_SEQUENCE


def test_read_from_the_first_page_to_the_last_and_back():
    address, visited = "/", []
    while address:
        visited.append(address)
        following = read_page(address).all("a", rel="next")
        address = following[0]["href"] if following else ""
    assert visited == [reverse(f"guide:{page.name}") for page in READING_SEQUENCE]

    address, back = visited[-1], []
    while address:
        back.append(address)
        before = read_page(address).all("a", rel="prev")
        address = before[0]["href"] if before else ""
    assert back == visited[::-1]


def test_pages_beside_the_sequence_have_no_neighbors():
    for page in PAGES:
        if page not in READING_SEQUENCE:
            assert not read_page(reverse(f"guide:{page.name}")).all("nav", **{"class": "pager"})


def test_every_link_of_the_guide_leads_somewhere():
    for page in PAGES:
        for link in read_page(f"/{page.path}").all("a"):
            address, _, part = link["href"].partition("#")
            if address and not link["href"].startswith(("tel:", "https://")):
                assert open_page(address).status_code == 200, f"{page.name}: {link['href']}"
                assert not part or f'id="{part}"' in html_of(address), f"{page.name}: {link['href']}"


def test_sitemap_lists_every_public_page_once_in_each_language(client):
    response = client.get("/sitemap.xml")
    seen = ReadPage(response.content.decode())
    listed = response.content.decode().split("<loc>")[1:]

    assert response.headers["Content-Type"].startswith("application/xml")
    assert sorted(place.split("</loc>")[0] for place in listed) == sorted(settings.SITE_URL + path for path in PUBLIC)
    for language, path in (("en", "/medicines/"), ("es", "/es/medicines/"), ("x-default", "/medicines/")):
        assert len(seen.all("xhtml:link", hreflang=language, href=settings.SITE_URL + path)) == 2


def test_robots_may_read_all_but_answers_and_staff(client):
    text = client.get("/robots.txt").content.decode()

    answers = ["/check/advice/", "/check/handout/", "/book/from-advice/", "/book/sent/"]
    kept_out = [line.split(": ")[1] for line in text.splitlines() if line.startswith("Disallow")]
    assert kept_out == ["/admin/", *answers, *(f"/es{path}" for path in answers)]
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in text


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("/CHECK/", "/check/"),
        ("/ES/When-To-Get-Help", "/es/when-to-get-help/"),
        ("/es//check/", "/es/check/"),
        ("/medicines/).", "/medicines/"),
        ("/book,", "/book/"),
        *((f"/es/check/{sign}", "/es/check/") for sign in ("*", "%20", "%C2%A0", "%E2%80%8B", ">", "»", "_*", "…")),
        ("/ES", "/es/"),
    ],
)
def test_an_address_with_capitals_or_punctuation_leads_to_its_page(client, typed, path):
    answer = client.get(typed)
    assert (answer.status_code, answer.headers["Location"]) == (301, path)


@pytest.mark.parametrize(
    ("ours", "typed", "is_ours"),
    [
        ("https://clinic.example", "www.clinic.example", True),
        ("https://www.clinic.example", "Clinic.example:443", True),
        ("https://clinic.example", "www.www.clinic.example", False),
        ("https://clinic.example", "www.clinic.example.lure.example", False),
        ("https://clinic.example", "www.", False),
    ],
)
def test_the_name_of_the_site_is_known_with_and_without_www(client, settings, ours, typed, is_ours):
    settings.SITE_URL = ours
    answer = client.get("/check/?from=card", HTTP_HOST=typed)
    assert answer.status_code == (302 if is_ours else 400)
    assert answer.headers.get("Location") == (f"{ours}/check/?from=card" if is_ours else None)


@pytest.mark.parametrize(
    "address",
    ["/NO-SUCH-PAGE/", "/evil.example//", "/no-such-page/", "/medicine/", "/check/no/", "/%00/", "/ease-the-pain/x"],
)
def test_unknown_address_shows_a_way_on(client, address):
    response = client.get(address)
    seen = ReadPage(response.content.decode())

    assert response.status_code == 404
    seen.one("h1")
    assert seen.all("a", href="/")
    assert seen.all("a", href=settings.CLINIC.phone_link)
    assert seen.all("a", href="tel:911")
    assert not response.cookies
