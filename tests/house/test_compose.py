"""compose.yaml and the proxy's configuration agree with each other, and the public workflow trusts no moving name."""

import re

import yaml

from tests.servers.conftest import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
PROXY = (ROOT / "docs/server/nginx.conf").read_text("utf-8")


def test_only_the_proxy_is_reached_from_outside():
    assert {name for name in SERVICES if "ports" in SERVICES[name]} == {"proxy"}


def test_each_container_has_its_limits():
    for name, service in SERVICES.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name


def test_only_what_sends_mail_gets_its_password():
    """.env holds it, and what stands in the service comes before .env."""
    ours = {name: service["environment"] for name, service in SERVICES.items() if "env_file" in service}
    assert {name for name in ours if ours[name].get("EMAIL_URL") != ""} == {"worker"}
    assert SERVICES["worker"]["command"][-1] == "send_notices"


def test_the_proxy_finds_each_replica_and_no_other():
    replicas = {SERVICES[name]["networks"]["inside"]["ipv4_address"] for name in ("web-1", "web-2")}
    assert set(re.findall(r"^ +server ([\d.]+):8000 ", PROXY, re.M)) == replicas


def test_the_proxy_sees_the_address_of_who_comes_by_ipv6():
    """On a network without it, Docker passes such a connection on with an address of its own."""
    reached = [COMPOSE["networks"][name] for name in SERVICES["proxy"]["networks"]]
    assert [network["enable_ipv6"] for network in reached if not (network or {}).get("internal")] == [True]


def test_the_public_workflows_name_actions_by_hash_and_keep_no_credentials():
    steps = [
        step
        for path in (ROOT / ".github/workflows").iterdir()
        for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
        for step in job["steps"]
        if "uses" in step
    ]
    assert [step["uses"] for step in steps if not re.search(r"@[0-9a-f]{40}$", step["uses"])] == []
    checkouts = [step for step in steps if step["uses"].startswith("actions/checkout@")]
    assert len(checkouts) >= 4
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
