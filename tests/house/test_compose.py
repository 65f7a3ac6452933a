"""compose.yaml, nginx.conf and the deployment guide agree, and the workflow pins its actions by commit."""

import os
import re
import subprocess

import pytest
import yaml

from tests.once import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
GUIDE = (ROOT / "docs/deployment.md").read_text("utf-8")
PROXY = (ROOT / "docs/server/nginx.conf").read_text("utf-8")


def test_only_the_worker_gets_the_mail_password():
    """It is in .env, which values in the service override."""
    ours = {name: service["environment"] for name, service in SERVICES.items() if "env_file" in service}
    assert {name for name in ours if ours[name].get("EMAIL_URL") != ""} == {"worker"}
    assert SERVICES["worker"]["command"][-1] == "send_notices"


def test_env_does_not_override_the_folders_and_ports():
    image_file = (ROOT / "Dockerfile").read_text("utf-8")
    image = dict(re.findall(r"\b(BIND_ADDRESS|DATA_DIR|PORT|STATIC_DIR)=(\S+)", image_file))
    assert len(image) == 4
    for service in SERVICES.values():
        assert "env_file" not in service or image.items() <= service["environment"].items()
    assert f":{image['PORT']} " in PROXY


def test_the_proxy_finds_each_replica_and_no_other():
    replicas = {SERVICES[name]["networks"]["inside"]["ipv4_address"] for name in ("web-1", "web-2")}
    assert set(re.findall(r"^ +server ([\d.]+):8000 ", PROXY, re.M)) == replicas


def test_the_proxy_sees_ipv6_addresses():
    """On a network without IPv6, Docker forwards such a connection with its own address."""
    reached = [COMPOSE["networks"][name] for name in SERVICES["proxy"]["networks"]]
    assert [network["enable_ipv6"] for network in reached if not (network or {}).get("internal")] == [True]


def test_a_full_disk_stops_no_page_at_the_proxy():
    """nginx breaks off an answer if it cannot write to its cache. /run is memory, also in the container."""
    assert re.findall(r"^ +proxy_cache_path (/\w+)/", PROXY, re.M) == ["/run"]
    assert "/run" in SERVICES["proxy"]["tmpfs"]


def container_commands(heading: str) -> list[str]:
    """The guide's commands for containers under this heading."""
    part = re.search(rf"^## {heading}$(.*?)^## ", GUIDE, re.M | re.S)
    return re.search(r"^\*\*Containers\*\*.*?^```$\n(.*?)\n^```$", part[1], re.M | re.S)[1].split("\n")


@pytest.mark.parametrize("heading", ["Upgrading", "Rolling back"])
def test_a_release_takes_over_one_replica_at_a_time(heading):
    """Without --no-deps Compose recreates all that depends on the job `migrate`: both replicas, and the proxy."""
    commands = container_commands(heading)
    started = [command.removesuffix(" &&") for command in commands if " up " in command]
    up = "docker compose up --detach --no-deps"
    assert started == [f"{up} --wait web-1", f"{up} --wait web-2", f"{up} worker"]
    assert all(command.endswith(" &&") for command in commands[:-1]), "what fails must stop the rest"


def test_while_a_copy_is_restored_only_the_proxy_runs():
    stopped = container_commands("Restoring")[0].removeprefix("docker compose stop ").split()
    assert set(stopped) == set(SERVICES) - {"database", "migrate", "proxy"}


def test_a_new_version_reaches_a_copy_with_facts_of_its_own(tmp_path):
    pull = re.search(r"`(git pull .*?project main)`", GUIDE)[1]
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_EDITOR": "false"}
    script = f"""
        git init --quiet --initial-branch=main theirs && cd theirs
        git config --global user.name Clinic && git config --global user.email web@example.org
        touch facts && git add . && git commit --quiet --message first
        git clone --quiet . ../ours && touch new && git add . && git commit --quiet --message second
        cd ../ours && git remote add project ../theirs
        echo ours > facts && git commit --quiet --all --message facts
        {pull} && cat facts && ls"""
    done = subprocess.run(["bash", "-ec", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()[-3:]) == (0, ["ours", "facts", "new"]), done.stderr


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
