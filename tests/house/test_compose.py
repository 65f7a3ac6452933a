"""compose.yaml and the proxy's configuration agree with each other."""

import re

import yaml

from tests.servers.conftest import ROOT

SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
PROXY = (ROOT / "docs/server/nginx.conf").read_text("utf-8")


def test_only_the_proxy_is_reached_from_outside():
    assert {name for name in SERVICES if "ports" in SERVICES[name]} == {"proxy"}


def test_the_proxy_finds_each_replica_and_no_other():
    replicas = {SERVICES[name]["networks"]["inside"]["ipv4_address"] for name in ("web-1", "web-2")}
    assert set(re.findall(r"^    server ([\d.]+):8000 ", PROXY, re.M)) == replicas
