"""The documents are right: what they name exists, and the values that they state are those of the code."""

import os
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection

from tests.once import ROOT
from tests.servers.conftest import on_database
from tests.unit.clinical.test_assess import RETIRED_CODES
from triage.booking import limits
from triage.clinical.rules import RULES, SELF_CARE_RULE
from triage.database import close_file_to_others
from triage.environment import POOLER
from triage.operations import backup, checks

PAPERS = ["SECURITY.md", *(f"docs/{name}.md" for name in ("asvs", "data-map", "security-figures", "threat-model"))]
HAZARDS = [
    line.strip("|").split("|")
    for line in (ROOT / "docs/hazard-log.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d", line)
]


@pytest.mark.parametrize("paper", PAPERS)
def test_every_file_that_a_paper_on_security_names_exists(paper):
    text = (ROOT / paper).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:tests|triage|backspasm_site|docs)/[\w/.-]+)`", text))
    linked = {target for target in re.findall(r"\]\(([^)#]+)\)", text) if not target.startswith("http")}
    missing = {path for path in named if not (ROOT / path).exists()}
    missing |= {path for path in linked if not (ROOT / paper).parent.joinpath(path).exists()}
    assert not missing


def test_every_test_that_the_hazard_log_names_exists():
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    tests = set(re.findall(r"def (test_\w+)", sources))
    for number, *_, shown_by, _remains in HAZARDS:
        named = re.findall(r"`(test_\w+)`", shown_by)
        assert named, f"hazard {number} has no test"
        assert set(named) <= tests, f"hazard {number}"


def test_the_hazard_log_names_every_rule_and_says_which_are_retired():
    harms, retired = read("docs/hazard-log.md").partition("## Which rules stop which harm")[2].split("Retired, and")
    named = set(re.findall(r"\b[A-Z]\d+\b", harms))
    assert named == {rule.code for rule in RULES if rule is not SELF_CARE_RULE}
    assert set(re.findall(r"\bD\d+\b", retired.partition(".")[0])) == RETIRED_CODES


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


GUIDE = read("docs/deployment.md")
CODE = "".join(read(f"backspasm_site/{name}.py") for name in ("settings", "gunicorn_conf"))
VARIABLES = set(re.findall(r"""env\.\w+\(\s*["']([A-Z_]+)""", CODE)) - {"PGOPTIONS", "PGCONNECT_TIMEOUT"}
ENDINGS = ("_URL", "_DIR", "_DAYS", "_EMAIL", "_SECONDS", "_PROXIES", "_KEY", "_CURSORS")


def test_the_example_names_the_variables_that_the_code_reads():
    for_compose = {"COMPOSE_PROFILES", "POSTGRES_PASSWORD"}
    assert set(re.findall(r"^#?([A-Z_]+)=", read(".env.example"), re.M)) == VARIABLES | for_compose


@pytest.mark.parametrize("paper", [*PAPERS, "docs/deployment.md", "compose.yaml", "Dockerfile", "Makefile"])
def test_no_paper_names_a_variable_that_nothing_reads(paper):
    named = {name for name in re.findall(r"\b[A-Z]+_[A-Z_]*[A-Z]\b", read(paper)) if name.endswith(ENDINGS)}
    assert {name for name in named if not name.startswith("PIP_")} <= VARIABLES | {POOLER}


def test_folders_and_ports_are_the_same_in_the_guide_and_in_the_units():
    owned = set(re.search(r"install -d -o back-spasm -g back-spasm -m 700 (.*)", GUIDE)[1].split())
    values = dict(re.findall(r"^(DATA_DIR|STATIC_DIR|BACKUP_DIR)=(\S+)$", GUIDE, re.M))
    assert {values["DATA_DIR"], values["BACKUP_DIR"]} == owned
    units = {path.name: path.read_text("utf-8") for path in (ROOT / "docs/server").glob("back-spasm-*")}
    services = {name: text for name, text in units.items() if "[Service]" in text}
    written = {name: set(re.search(r"^ReadWritePaths=(.*)$", services[name], re.M)[1].split()) for name in services}
    assert set().union(*written.values()) == owned
    assert written["back-spasm-web@.service"] == {values["DATA_DIR"]}
    assert all("UMask=0077" in units[name] for name in written)
    named = set(re.findall(r"back-spasm-(?:web@\d+|worker|backup\.timer)", GUIDE))
    assert named == {"back-spasm-web@8001", "back-spasm-web@8002", "back-spasm-worker", "back-spasm-backup.timer"}
    assert "127.0.0.1:8001/" in GUIDE and "127.0.0.1:8002/" in GUIDE
    image = read("Dockerfile")
    assert {"EXPOSE 8000", "DATA_DIR=/data", "PORT=8000"} <= set(re.findall(r"EXPOSE \d+|DATA_DIR=\S+|PORT=\d+", image))
    assert "install -d -o 10001 -g 0 -m 770 /data /backups" in image
    assert "data:/data" in read("compose.yaml") and "BACKUP_DIR: /backups" in read("compose.yaml")


def test_numbers_are_those_of_the_code():
    days = f"closed: {settings.RETENTION_DAYS} days; spam: {settings.SPAM_RETENTION_DAYS} days"
    days += f"; untouched and never closed: {settings.FORGOTTEN_DAYS} days"
    session = f"{settings.SESSION_COOKIE_AGE // 3600} hours, {settings.SESSION_IDLE_AGE // 60} minutes without use"
    stated = {
        "docs/data-map.md": [days, session, f"{settings.SIGN_IN_WAIT_MINUTES} minutes"],
        "docs/deployment.md": [
            f"`doctor` says so from {checks.DISK_MAX_PERCENT} % on",
            f"Copies are {backup.COPIES_KEPT} and",
        ],
        "docs/threat-model.md": [
            f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024} KB",
            f"{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS} fields",
            f"above {limits.PER_CLIENT} an hour from one network address ({limits.PER_NETWORK} from an IPv6 /48)",
            f"above {limits.MOST_TIMES} times that nothing is",
        ],
        ".env.example": [f"the newest {backup.COPIES_KEPT} of them"],
    }
    for paper, sentences in stated.items():
        for sentence in sentences:
            assert sentence in read(paper), paper


def test_files_have_the_modes_that_the_data_map_states(tmp_path, django_db_blocker):
    """Also with a umask that lets everybody read, as in root's shell. tests/faults/test_backup.py checks copies."""
    database, known = tmp_path / "db.sqlite3", os.umask(0o022)
    try:
        with django_db_blocker.unblock(), on_database(f"sqlite:///{database}"):
            connection.ensure_connection()
    finally:
        os.umask(known)
    stated = re.search(r"In a folder of mode (.+)\. \|", read("docs/data-map.md"))[1]
    assert database.stat().st_mode & 0o777 == 0o600
    journals = [database, Path(f"{database}-wal"), Path(f"{database}-shm")]
    for folder, mode in (("0700", "0600"), ("0755", "0640"), ("0770", "0660")):
        assert f"{folder}: {mode}" in stated
        tmp_path.chmod(int(folder, 8))
        for file in journals:
            file.touch()
            file.chmod(0o666)
        close_file_to_others(SimpleNamespace(vendor="sqlite", settings_dict={"NAME": database}))
        assert {f"{file.stat().st_mode & 0o777:04o}" for file in journals} == {mode}
    assert "everything in the database, with mode 0600" in read("docs/data-map.md")
