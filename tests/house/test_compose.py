"""compose.yaml, the proxy's configuration and .env.example agree with each other and with the settings."""

import os
import re
import subprocess
import sys

import yaml

from tests.servers.conftest import ROOT

SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
PROXY = (ROOT / "docs/server/nginx.conf").read_text("utf-8")
PRINT_SETTINGS = """
from django.conf import settings
values = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
print({name: value for name, value in values.items() if isinstance(value, str | int | dict | list)})
"""


def test_migrations_run_before_anything_that_needs_the_tables():
    for name in ("web-1", "web-2", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_only_the_proxy_is_reached_from_outside():
    assert {name for name in SERVICES if "ports" in SERVICES[name]} == {"proxy"}


def test_the_proxy_finds_each_replica_and_no_other():
    replicas = {SERVICES[name]["networks"]["inside"]["ipv4_address"] for name in ("web-1", "web-2")}
    assert set(re.findall(r"^    server ([\d.]+):8000 ", PROXY, re.M)) == replicas


def test_what_the_proxy_mounts_is_what_it_reads():
    mounted = [volume.split(":")[1] for volume in SERVICES["proxy"]["volumes"]]
    for path in re.findall(r"(?:ssl_certificate|ssl_certificate_key|root|proxy_cache_path) (/\S+?);?(?:\s|$)", PROXY):
        assert any(path.startswith(folder) for folder in mounted), path


def test_the_example_starts_the_site_and_shows_the_true_defaults():
    example = (ROOT / ".env.example").read_text("utf-8")
    given = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.M)) | {"SECRET_KEY": "k" * 50}
    shown = {name: value for name, value in re.findall(r"^#([A-Z_]+)=(.*)$", example, re.M) if "_DIR" not in name}
    del shown["DATABASE_SECONDS"]  # for gunicorn alone, which sets it
    outside = {name: value for name, value in os.environ.items() if name not in given | shown}
    assert {"THREADS", "RETENTION_DAYS"} <= shown.keys()

    def settings_with(variables: dict[str, str]) -> str:
        env = outside | variables | {"DJANGO_SETTINGS_MODULE": "backspasm_site.settings"}
        command = [sys.executable, "-c", PRINT_SETTINGS]
        return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout

    assert settings_with(given | shown) == settings_with(given)
