"""compose.yaml and .env.example: what runs, in which order, how locked up, and that every variable is explained."""

import re

import environ
import pytest
import yaml

from tests.house.test_rooms import ROOT
from triage.environment import read_environment

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
OURS = {"migrate", "web-1", "web-2", "worker"}
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def waits_for(name: str) -> dict[str, str]:
    return {other: how["condition"] for other, how in SERVICES[name].get("depends_on", {}).items()}


def test_what_runs():
    assert set(SERVICES) == OURS | {"database", "proxy"}
    assert {SERVICES[name]["image"] for name in OURS} == {"back-spasm-site"}
    assert SERVICES["worker"]["command"][-1] == "send_notices"
    assert "command" not in SERVICES["web-1"], "the image's own: gunicorn"


def test_in_which_order_it_starts():
    assert waits_for("migrate") == {"database": "service_healthy"}
    for name in ("web-1", "web-2", "worker"):
        assert waits_for(name) == {"migrate": "service_completed_successfully"}
    assert waits_for("proxy") == {"web-1": "service_healthy", "web-2": "service_healthy"}
    # On SQLite there is no such service, and nothing waits for it.
    assert SERVICES["migrate"]["depends_on"]["database"]["required"] is False
    assert SERVICES["database"]["profiles"] == ["postgres"]


def test_the_database_takes_a_connection_of_each_thread(settings):
    (most,) = [int(word.partition("=")[2]) for word in SERVICES["database"]["command"] if "max_connections" in word]
    replicas = [name for name in SERVICES if name.startswith("web-")]
    # Two processes are gunicorn_conf's number; ten connections for the worker, commands and whoever looks after it.
    assert most >= len(replicas) * 2 * settings.THREADS + 10


def test_who_says_that_it_is_well():
    assert "pg_isready" in SERVICES["database"]["healthcheck"]["test"]
    assert "https://localhost/healthz" in SERVICES["proxy"]["healthcheck"]["test"]
    assert "healthcheck" not in SERVICES["web-1"], "the image's own"
    assert re.search(r"HEALTHCHECK .*\\\n    CMD \[\"python\".*/healthz", DOCKERFILE)
    # They answer no port, so the image's would call them ill for ever.
    assert all(SERVICES[name]["healthcheck"] == {"disable": True} for name in ("migrate", "worker"))


@pytest.mark.parametrize("name", sorted(OURS | {"proxy"}))
def test_each_is_locked_up(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service.get("cap_add", ())) <= {"CHOWN", "DAC_OVERRIDE", "NET_BIND_SERVICE", "SETGID", "SETUID"}
    assert bool(service.get("cap_add")) == (name == "proxy")


def test_all_but_the_job_come_back_by_themselves():
    assert {name for name in SERVICES if SERVICES[name]["restart"] != "unless-stopped"} == {"migrate"}


def test_only_the_proxy_is_reached_from_outside():
    assert {name for name in SERVICES if "ports" in SERVICES[name]} == {"proxy"}
    assert COMPOSE["networks"]["inside"]["internal"] is True
    # The worker sends mail.
    assert {name for name in SERVICES if "outside" in SERVICES[name]["networks"]} == {"proxy", "worker"}


def test_no_secret_stands_in_it():
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert not re.search("KEY|PASSWORD|URL", name) or value.startswith("${"), name


def test_the_proxy_finds_each_replica_and_no_other():
    wanted = {SERVICES[name]["networks"]["inside"]["ipv4_address"] for name in ("web-1", "web-2")}
    proxy = (ROOT / "docs/server/nginx.conf").read_text("utf-8")
    assert set(re.findall(r"^    server ([\d.]+):8000 ", proxy, re.M)) == wanted
    assert "EXPOSE 8000\n" in DOCKERFILE


def test_what_the_proxy_mounts_is_what_it_reads():
    proxy = (ROOT / "docs/server/nginx.conf").read_text("utf-8")
    mounted = [volume.split(":")[1] for volume in SERVICES["proxy"]["volumes"]]
    for path in re.findall(r"(?:ssl_certificate|ssl_certificate_key|root|proxy_cache_path) (/\S+?);?(?:\s|$)", proxy):
        assert any(path.startswith(folder) for folder in mounted), path


def test_every_variable_is_explained():
    """One the site reads is in .env.example with words above it, and nothing else stands there."""
    read = set()
    for name in ("triage/environment.py", "backspasm_site/gunicorn_conf.py"):
        source = (ROOT / name).read_text("utf-8")
        read |= set(
            re.findall(r"""(?:env\.\w+|os\.environ\.get|number)\(["']([A-Z_]+)["']|\(\s*env, "([A-Z_]+)\"""", source)
        )
    read = {first or second for first, second in read}
    assert {"SECRET_KEY", "THREADS", "EMAIL_TIMEOUT", "PORT"} <= read, "the test finds them"
    explained = re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.M)
    assert len(explained) == len(set(explained))
    assert set(explained) == read | {"COMPOSE_PROFILES", "POSTGRES_PASSWORD"}
    for part in re.split(r"\n\n+", EXAMPLE):
        assert part.startswith("# "), part


def test_what_it_shows_as_the_default_is_the_default(tmp_path):
    class Given(environ.Env):
        ENVIRON = {"SECRET_KEY": "k" * 50, "SITE_URL": "https://backs.example.org"}

    shown = dict(re.findall(r"^#([A-Z_]+)=(.*)$", EXAMPLE, re.M))
    before = read_environment(tmp_path, Given())
    Given.ENVIRON = Given.ENVIRON | {name: value for name, value in shown.items() if "_DIR" not in name}
    assert read_environment(tmp_path, Given()) == before
    conf = (ROOT / "backspasm_site/gunicorn_conf.py").read_text("utf-8")
    for name in ("PORT", "WEB_CONCURRENCY"):
        assert re.search(rf"""number\(["']{name}["'], {shown[name]}\)""", conf)
