"""Pages made at release: the same as live ones, and never served once they are out of date."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import override_settings
from whitenoise import WhiteNoise

from backspasm_site import prerendered
from backspasm_site.environment import SettingsError
from triage.guide.pages import PAGES

SAMPLE = ("templates/base.html", "triage/clinical/rules.py", "backspasm_site/clinic.toml", "static/css/site.css")


@pytest.fixture
def env(tmp_path):
    return replace(django_settings.ENV, static_dir=tmp_path, debug=False)


@pytest.fixture
def pages(env):
    with override_settings(ENV=env):
        call_command("prerender", verbosity=0)
    return prerendered.pages_dir(env)


def test_each_page_of_the_guide_in_each_language_and_the_first_step(pages):
    names = [*(page.path for page in PAGES), "check/"]
    wanted = {f"{language}{name}index.html" for language in ("", "es/") for name in names}
    assert {str(path.relative_to(pages)) for path in pages.rglob("*.html")} == wanted


def test_each_is_what_the_live_site_answers_and_is_packed_too(pages, client):
    for path in pages.rglob("index.html"):
        address = "/" + str(path.relative_to(pages)).removesuffix("index.html")
        assert path.read_bytes() == client.get(address).content
        assert path.with_name("index.html.br").exists()
        assert path.with_name("index.html.gz").exists()


def test_a_file_is_told_of_as_the_live_page_is(pages, client):
    served = WhiteNoise(None, pages, index_file=True, add_headers_function=prerendered.add_headers)
    for address in ("/", "/es/medicines/"):
        answer = dict(served.files[address].get_response("GET", {}).headers)
        live = client.get(address)
        for name in ("Cache-Control", "Content-Language", "Content-Type"):
            assert answer[name] == live[name]
        assert {"ETag", "Last-Modified"} <= answer.keys()


def test_fresh_pages_are_served(env, pages):
    prerendered.ensure_up_to_date(env)


def test_no_pages_are_fine_too(env):
    prerendered.ensure_up_to_date(env)


def test_another_address_is_refused_with_the_command_that_mends_it(env, pages):
    with pytest.raises(SettingsError, match=r"manage\.py prerender"):
        prerendered.ensure_up_to_date(replace(env, site_url="https://backs.example.org"))


def test_half_made_pages_are_never_served(env):
    (env.static_dir / "pages" / "draft").mkdir(parents=True)
    with pytest.raises(SettingsError):
        prerendered.ensure_up_to_date(env)


def test_the_last_release_stays_for_a_server_that_still_runs_it(env, pages):
    for number, site_url in enumerate(("https://one.example", "https://two.example"), 1):
        with override_settings(ENV=replace(env, site_url=site_url)):
            call_command("prerender", verbosity=0)
            call_command("prerender", verbosity=0)
        assert len(list(pages.parent.iterdir())) == 2
        assert pages.exists() is (number == 1)


@pytest.mark.parametrize("changed", SAMPLE)
def test_a_changed_file_changes_the_fingerprint(tmp_path, changed):
    for name in SAMPLE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(django_settings.BASE_DIR, name), tmp_path / name)
    before = prerendered.fingerprint("https://a.example", tmp_path)
    with (tmp_path / changed).open("a") as file:
        file.write(" ")
    assert prerendered.fingerprint("https://a.example", tmp_path) != before


def test_a_page_that_knows_its_reader_is_not_rendered(env, monkeypatch):
    monkeypatch.setattr("triage.management.commands.prerender.NAMES", ["booking:request"])
    with override_settings(ENV=env), pytest.raises(CommandError, match="sets a cookie"):
        call_command("prerender", verbosity=0)
