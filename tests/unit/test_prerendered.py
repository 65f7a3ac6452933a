"""Pages made at release: the same as live ones, and never served once they are out of date."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from backspasm_site import prerendered
from triage.environment import SettingsError
from triage.guide.pages import PAGES

SAMPLE = ("templates/base.html", "triage/clinical/rules.py", "triage/clinic.toml", "static/css/site.css")


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


@pytest.fixture
def served(client, pages, settings):
    """Asks a site that has its pages as files. `client` asks one that renders them."""
    settings.SECURE_HSTS_SECONDS = 60
    client.get("/healthz")  # loads its middleware before the settings change
    settings.WHITENOISE_ROOT = pages
    settings.WHITENOISE_INDEX_FILE = True
    settings.WHITENOISE_ADD_HEADERS_FUNCTION = prerendered.add_headers
    return Client(headers={"accept-encoding": "gzip, deflate, br"})


# Of what the live page has, a file has all; it says more on itself, and has no address in Django to log.
OF_A_FILE = {"ETag", "Last-Modified", "Vary", "Content-Encoding", "Content-Length", "X-Request-ID"}


@pytest.mark.parametrize("https", [False, True])
@pytest.mark.parametrize("address", ["/", "/es/medicines/", "/check/"])
def test_its_headers_are_those_of_the_live_page(served, client, address, https):
    file, live = served.get(address, secure=https), client.get(address, secure=https)
    assert file.streaming and not live.streaming  # or these two would be one
    assert {name: text for name, text in file.items() if name not in OF_A_FILE} == {
        name: text for name, text in live.items() if name not in OF_A_FILE
    }
    assert file.headers.keys() - live.headers.keys() == OF_A_FILE - {"X-Request-ID", "Content-Length"}
    assert (file["Vary"], file["Content-Encoding"]) == ("Accept-Encoding", "br")
    assert len(file["X-Request-ID"]) == 32
    assert {"Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options"} <= file.headers.keys()
    assert ("Strict-Transport-Security" in file) is https
    assert not file.cookies


def test_a_cache_in_front_may_keep_it_and_show_it_when_we_are_gone(served):
    said = served.get("/")["Cache-Control"]
    assert said == "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"


@pytest.mark.parametrize(("asks", "says"), [("if-none-match", "ETag"), ("if-modified-since", "Last-Modified")])
def test_a_browser_that_has_it_gets_no_body(served, asks, says):
    first = served.get("/es/")
    again = served.get("/es/", headers={asks: first[says]})
    assert (again.status_code, b"".join(again)) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary", "Content-Security-Policy"):
        assert again[name] == first[name]


def test_every_replica_has_the_same_tag(served, pages, settings):
    first = served.get("/")["ETag"]
    os.utime(pages / "index.html", (1, 1))
    assert Client().get("/")["ETag"] == first


@pytest.mark.parametrize(("address", "route"), [("/", "guide:home"), ("/es/check/", "checker:check")])
def test_the_log_names_the_route_as_it_does_for_a_live_page(served, address, route):
    for status, headers in ((200, {}), (304, {"if-none-match": served.get(address)["ETag"]})):
        answer = served.get(address, headers=headers)
        assert answer.status_code == status
        assert answer.wsgi_request.META["backspasm.log"] == {"request_id": answer["X-Request-ID"], "route": route}


class Asked:
    """Asks `FromMemory` and counts how often that asks the site."""

    def __init__(self, trusted_proxies: int = 0) -> None:
        self.live = 0
        self.site = WSGIHandler()
        self.memory = prerendered.FromMemory(self._ask_site, trusted_proxies)

    def _ask_site(self, environ, start_response):
        self.live += 1
        return self.site(environ, start_response)

    def get(self, path: str, **environ: str) -> tuple[str, dict[str, str], bytes, dict[str, str]]:
        """Status, headers, body, and what the log will say."""
        environ = {"PATH_INFO": path, "HTTP_ACCEPT_ENCODING": "gzip, deflate, br"} | environ
        setup_testing_defaults(environ)
        said = []
        answer = self.memory(environ, lambda *words: said.extend(words))
        body = b"".join(answer)
        getattr(answer, "close", bool)()
        return said[0], dict(said[1]), body, environ["backspasm.log"]


@pytest.fixture
def asked(served, db):  # no page asks the database, but Django closes what earlier tests have opened
    return Asked()


@pytest.mark.parametrize("encoding", ["gzip", "gzip, deflate", "gzip, deflate, br", "gzip, deflate, br, zstd"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_from_memory_a_page_comes_with_all_that_it_came_with_before(asked, encoding, scheme):
    how = {"HTTP_ACCEPT_ENCODING": encoding, "wsgi.url_scheme": scheme}
    first, *more = [asked.get("/es/", **how) for _ in range(3)]
    assert asked.live == 1
    for status, headers, body, log in more:
        assert (status, body) == (first[0], first[2])
        assert list(headers) == list(first[1])
        assert {name: text for name, text in headers.items() if text != first[1][name]}.keys() == {"X-Request-ID"}
        assert log == {"request_id": headers["X-Request-ID"], "route": "guide:home"}
    assert ("Strict-Transport-Security" in first[1]) is (scheme == "https")
    assert first[1]["Content-Encoding"] == ("br" if "br" in encoding else "gzip")


def test_from_memory_a_browser_that_has_it_gets_no_body(asked):
    tag = asked.get("/")[1]["ETag"]
    # Browsers send both, and then the date does not count.
    first, second = (asked.get("/", HTTP_IF_NONE_MATCH=tag, HTTP_IF_MODIFIED_SINCE="yesterday") for _ in range(2))
    assert asked.live == 2
    assert first[0] == second[0] == "304 Not Modified"
    assert second[2] == b""
    assert second[1] == first[1] | {"X-Request-ID": second[1]["X-Request-ID"]}


@pytest.mark.parametrize(
    "asks",
    [
        {"REQUEST_METHOD": "HEAD"},
        {"HTTP_RANGE": "bytes=0-9"},
        {"HTTP_IF_MODIFIED_SINCE": "Sun, 22 Nov 2026 00:00:00 GMT"},
        {"HTTP_IF_NONE_MATCH": '"mine"'},
        {"HTTP_ACCEPT_ENCODING": "br, mine"},
        {"HTTP_X_FORWARDED_PROTO": "mine"},
        {"PATH_INFO": "/handout/"},
        {"PATH_INFO": "/nowhere/"},
        {"PATH_INFO": "/healthz"},
    ],
)
def test_nothing_else_is_kept(asked, asks):
    asked.get("/")
    for _ in range(2):
        asked.get(**{"path": asks.get("PATH_INFO", "/")} | asks)
    assert asked.live == 3
    assert len(asked.memory.kept) == 1


def test_a_part_of_a_page_is_no_page(asked):
    asked.get("/")
    status, headers, body, _ = asked.get("/", HTTP_RANGE="bytes=0-9")
    assert (status, headers["Content-Length"], len(body)) == ("206 Partial Content", "10", 10)


def test_over_http_a_page_leads_to_https_though_its_answer_is_known(asked, settings):
    settings.SECURE_SSL_REDIRECT = True
    asked = Asked()
    assert asked.get("/", **{"wsgi.url_scheme": "https"})[0] == "200 OK"
    assert asked.get("/")[0] == "301 Moved Permanently"


def test_only_a_proxy_of_ours_numbers_what_comes_from_memory(served, db):
    for proxies in (0, 1):
        asked = Asked(proxies)
        for _ in range(2):
            number = asked.get("/", HTTP_X_REQUEST_ID="from-a-proxy")[1]["X-Request-ID"]
        assert asked.live == 1
        assert (number == "from-a-proxy") is bool(proxies)


def test_the_handout_is_live_because_it_shows_the_time(served, pages):
    assert not (pages / "handout").exists()
    assert not served.get("/handout/").streaming


def test_fresh_pages_are_served(env, pages):
    prerendered.ensure_up_to_date(env)


def test_no_pages_are_fine_too(env):
    prerendered.ensure_up_to_date(env)


def test_another_address_is_refused_with_the_command_that_mends_it(env, pages):
    with pytest.raises(SettingsError, match=r"manage\.py prerender"):
        prerendered.ensure_up_to_date(replace(env, site_url="https://backs.example.org"))
    with pytest.raises(SettingsError, match="RETENTION_DAYS"):  # the privacy page names it
        prerendered.ensure_up_to_date(replace(env, retention_days=90))


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
def test_a_changed_file_changes_the_fingerprint(env, tmp_path, changed):
    for name in SAMPLE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(django_settings.BASE_DIR, name), tmp_path / name)
    before = prerendered.fingerprint(env, tmp_path)
    with (tmp_path / changed).open("a") as file:
        file.write(" ")
    assert prerendered.fingerprint(env, tmp_path) != before


def test_a_page_that_knows_its_reader_is_not_rendered(env, monkeypatch):
    monkeypatch.setattr("triage.management.commands.prerender.NAMES", ["booking:request"])
    with override_settings(ENV=env), pytest.raises(CommandError, match="sets a cookie"):
        call_command("prerender", verbosity=0)
