"""compose.yaml and .env.example: what runs, in which order, how locked up, and that every variable is explained."""

import re

import pytest
import yaml

from tests.house.test_rooms import ROOT

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
    sources = [(ROOT / "backspasm_site" / name).read_text("utf-8") for name in ("settings.py", "gunicorn_conf.py")]
    read = set(re.findall(r"""\benv\.\w+\(\s*["']([A-Z_]+)["']""", "".join(sources)))
    assert {"SECRET_KEY", "THREADS", "EMAIL_TIMEOUT", "PORT"} <= read, "the test finds them"
    explained = re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.M)
    assert len(explained) == len(set(explained))
    assert set(explained) == read | {"COMPOSE_PROFILES", "POSTGRES_PASSWORD"}
