"""A sign-off is valid for the words that were signed. After a change the page and `check --deploy` say so."""

import datetime as dt
import html
import re
import shutil

import pytest
from django.conf import settings as real
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.urls import reverse
from msgspec.structs import replace

from tests.reading import ReadPage
from triage.clinic import SignOff, Words
from triage.clinical.questions import QUESTIONS
from triage.clinical.rules import RULES
from triage.guide import sign_off
from triage.guide.pages import PAGES

ROLE = Words({"en": "Spine doctor", "es": "Médico de columna"})
LAPSED = "was changed after its sign-off of 2027-01-15, which has lapsed"
UNREVIEWED = "Not yet checked by a doctor."


@pytest.fixture
def all_signed(settings):
    signed = {
        name: SignOff(ROLE, dt.date(2027, 1, 15), dt.date(2099, 1, 15), fingerprint)
        for name, fingerprint in sign_off.fingerprints().items()
    }
    settings.CLINIC = replace(settings.CLINIC, sign_off=signed)
    return signed


def said_at_deploy() -> str:
    with pytest.raises(SystemCheckError) as said:  # with placeholders it fails anyway
        call_command("check", deploy=True)
    return str(said.value)


def text_of(client, name: str) -> str:
    return ReadPage(client.get(reverse(f"guide:{name}")).content.decode()).text


def test_a_sign_off_shows_on_the_page_and_ends_the_check(client, all_signed, capsys):
    assert "Checked by Spine doctor: Jan. 15, 2027. Next check: Jan. 15, 2099." in text_of(client, "medicines")
    assert "sign_off." not in said_at_deploy()
    call_command("review_sheet")
    assert capsys.readouterr().out == ""


def test_what_is_not_signed_is_named_at_deploy():
    said = said_at_deploy()
    for name in sign_off.fingerprints():
        assert f"sign_off.{name} has not been signed off by a clinician." in said


@pytest.mark.parametrize("language", ["en", "es"])
def test_one_changed_word_of_a_page(client, all_signed, settings, tmp_path, language):
    shutil.copytree(real.BASE_DIR / "templates", tmp_path / "templates")
    page = tmp_path / "templates" / "guide" / language / "medicines.html"
    words = page.read_text("utf-8").split(" ")
    page.write_text(" ".join([*words[:40], "other", *words[41:]]), "utf-8")
    settings.BASE_DIR = tmp_path
    assert UNREVIEWED in text_of(client, "medicines")
    assert UNREVIEWED not in text_of(client, "exercise")
    said = said_at_deploy()
    assert f"sign_off.medicines {LAPSED}." in said
    assert said.count("sign_off.") == 1


@pytest.mark.parametrize("changed", ["pierde el equilibrio", "Llame al 911 o vaya a la sala de emergencias ahora"])
def test_one_changed_spanish_word_of_the_check(client, all_signed, settings, tmp_path, changed):
    shutil.copytree(real.LOCALE_PATHS[0], tmp_path, dirs_exist_ok=True)
    catalogue = tmp_path / "es" / "LC_MESSAGES" / "django.po"
    words = catalogue.read_text("utf-8")
    assert changed in words
    catalogue.write_text(words.replace(changed, f"{changed} ya"), "utf-8")
    settings.LOCALE_PATHS = [tmp_path]
    sign_off.check_words.cache_clear()
    try:
        assert UNREVIEWED in text_of(client, "how-we-decide")
        assert f"sign_off.rules {LAPSED}." in said_at_deploy()
    finally:
        sign_off.check_words.cache_clear()


def test_another_version_of_the_rules(all_signed, monkeypatch):
    monkeypatch.setattr(sign_off, "RULES_VERSION", "00000000")
    assert f"sign_off.rules {LAPSED}." in said_at_deploy()


def test_a_check_that_is_due_and_a_name_that_is_no_page(all_signed, settings):
    due = replace(all_signed["exercise"], next_check=dt.date(2020, 1, 15))
    changed = {"exercise": due, "medicine": all_signed["medicines"]}
    settings.CLINIC = replace(settings.CLINIC, sign_off=all_signed | changed)
    assert sign_off.left_to_sign(dt.date(2027, 2, 1)) == {
        "exercise": "was to be checked again by 2020-01-15",
        "medicine": "is recorded there, but nothing here has that name",
    }


def test_the_words_of_the_check_are_all_signed():
    english = {texts[0] for texts in sign_off.check_words()}
    assert english >= {rule.words for rule in RULES} | {question.text for question in QUESTIONS}
    assert all(len(texts) == len(real.LANGUAGES) and all(texts) for texts in sign_off.check_words())


def test_the_sheet_holds_all_that_is_signed(tmp_path, capsys):
    call_command("review_sheet", tmp_path / "sheet.html")
    source = (tmp_path / "sheet.html").read_text("utf-8")
    sheet = ReadPage(source)
    # Markup and placeholders are shown as in the catalogue.
    cells = [" ".join(html.unescape(cell).split()) for cell in re.findall(r"<td>(.*?)</td>", source, re.S)]
    for texts in sign_off.check_words():
        assert all(" ".join(text.split()) in cells for text in texts)
    for page in PAGES:
        if page.is_health:
            assert page.title in sheet.text
            assert all(source.title.replace("’", "'") in sheet.text for source in page.sources)
    for rule in RULES:
        assert f"{rule.code}: {rule.words}" in sheet.text
    printed = capsys.readouterr().out
    for name, fingerprint in sign_off.fingerprints().items():
        new = f'\n[sign_off.{name}]\nrole = {{ en = "", es = "" }}\ndate =\nnext_check =\nfingerprint = "{fingerprint}"'
        assert new in printed
        assert f"<code>sign_off.{name}</code>, fingerprint <code>{fingerprint}</code>" in source
    # Folded text cannot be opened on paper, and a mailed sheet must not load anything from another host.
    assert "<details>" not in source
    assert "<script" not in source
