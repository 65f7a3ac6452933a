"""The log shows where in the code an error was, and holds nothing that a person typed."""

import json
import logging
import logging.config

import pytest
from django.conf import settings as real_settings
from django.http import HttpResponse
from django.urls import path
from django.utils.log import AdminEmailHandler

from backspasm_site import urls
from backspasm_site.logs import JsonLines, request_id

MARK = "zqx-numb-leg"


def written(name, level, message, *args, **extra) -> dict:
    record = logging.getLogger(name).makeRecord(name, level, "file", 1, message, args, extra.pop("exc_info", None))
    record.__dict__.update(extra)
    return json.loads(JsonLines().format(record))


def failing(exception: Exception):
    try:
        raise exception
    except Exception as error:  # noqa: BLE001 - any exception
        return (type(error), error, error.__traceback__)


def test_our_own_messages_are_logged_in_full():
    line = written("triage.booking.views", logging.ERROR, "A request could not be stored: %s", "OperationalError")
    assert line["message"] == "A request could not be stored: OperationalError"
    assert line["level"] == "error"
    assert line["time"].endswith("+00:00")
    assert "request_id" not in line


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"name": "gunicorn.error", "message": f"Invalid request from ip=203.0.113.5: {MARK}"}, "Invalid request"),
        ({"name": "django.security", "message": MARK, "exc_info": failing(ValueError(MARK))}, ""),
        ({"name": "django.request", "message": "%s: %s", "args": (MARK, MARK), "status_code": 500}, "answered 500"),
        ({"name": "other", "message": "lost %s", "args": (MARK,)}, "lost %s"),
    ],
)
def test_messages_of_other_packages_lose_their_arguments(record, message):
    args = record.pop("args", ())
    line = written(record.pop("name"), logging.WARNING, record.pop("message"), *args, **record)
    assert line["message"] == message
    assert MARK not in json.dumps(line)


def test_an_exception_is_logged_by_type_and_lines():
    line = written("triage", logging.ERROR, "broke", exc_info=failing(ValueError(MARK)))
    assert line["error"] == "builtins.ValueError"
    assert "test_logs.py" in line["at"][0]
    assert MARK not in json.dumps(line)


def break_down(request):
    raise RuntimeError(f"the row was {request.POST['note']}")


def number(request):
    return HttpResponse(request_id.get())


class TestInARequest:
    @pytest.fixture(autouse=True)
    def two_more_pages(self, monkeypatch, settings):
        more = [path("break-down", break_down), path("number", number)]
        monkeypatch.setattr(urls, "urlpatterns", [*more, *urls.urlpatterns])
        from django.urls import clear_url_caches

        clear_url_caches()
        yield
        clear_url_caches()

    def test_a_500_is_logged_with_the_number_that_was_answered_and_without_the_post(self, client, capsys):
        client.raise_request_exception = False
        handler = logging.StreamHandler()
        handler.setFormatter(JsonLines())
        logger = logging.getLogger("django.request")
        logger.addHandler(handler)
        try:
            page = client.post("/break-down", {"note": MARK})
        finally:
            logger.removeHandler(handler)
        assert page.status_code == 500
        assert "Something broke on our side" in page.content.decode()
        text = capsys.readouterr().err
        lines = [json.loads(line) for line in text.splitlines()]
        assert page.headers["X-Request-ID"] in [line.get("request_id") for line in lines]
        assert "builtins.RuntimeError" in [line.get("error") for line in lines]
        assert MARK not in text + page.content.decode()

    def test_the_last_resort_page_is_in_both_languages(self, client, monkeypatch):
        client.raise_request_exception = False
        monkeypatch.setattr("triage.errors.render", lambda *_, **__: 1 / 0)
        page = client.post("/break-down", {"note": MARK})
        assert (page.status_code, page.headers["Cache-Control"]) == (500, "no-store")
        for words in ("call 911", "llame al 911", "(212) 555-0142"):
            assert words in page.content.decode()

    @pytest.mark.parametrize(
        ("proxies", "given", "is_kept"),
        [
            (1, "3f2a-from-the-proxy", True),
            (0, "3f2a-from-a-stranger", False),
            (1, "short", False),
            (1, "x" * 65, False),
            (1, "Rosa Diaz 212", False),
            (1, '"},{"', False),
        ],
    )
    def test_only_a_trusted_proxy_sets_a_valid_request_id(self, client, settings, proxies, given, is_kept):
        settings.TRUSTED_PROXIES = proxies
        page = client.get("/number", headers={"X-Request-ID": given})
        assert (page.headers["X-Request-ID"] == given) == is_kept
        assert page.content.decode() == page.headers["X-Request-ID"]
        assert request_id.get() == ""


def test_no_handler_mails_posted_data():
    logging.config.dictConfig(real_settings.LOGGING)
    for logger in (logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)):
        assert not [each for each in logger.handlers if isinstance(each, AdminEmailHandler)]
