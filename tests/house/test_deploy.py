"""`manage.py check --deploy` on the settings of a server: the placeholders and sign-offs, and nothing without them."""

import os
import re
import subprocess
import sys

from django.conf import settings

from triage.guide.sign_off import fingerprints

ON_A_SERVER = {
    "SITE_URL": "https://backs.example.org",
    "TRUSTED_PROXIES": "1",
    "DEBUG": "false",
    "EMAIL_URL": "smtp+tls://desk:secret@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "backs@example.org",
    "DESK_EMAIL": "desk@example.org",
}
# The clinic's facts as they will be, so that nothing else can hide behind the placeholders.
WITH_FACTS = """
import sys
from pathlib import Path
from triage import clinic
read, facts = clinic.load_clinic, Path(sys.argv.pop(1))
clinic.load_clinic = lambda path, languages: read(facts, languages)
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


def check(*command: str) -> subprocess.CompletedProcess:
    env = os.environ | ON_A_SERVER | {"DJANGO_SETTINGS_MODULE": "backspasm_site.settings"}
    words = ["check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(
        [sys.executable, *command, *words],
        cwd=settings.BASE_DIR,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_placeholders_and_missing_sign_offs_are_all_it_finds():
    done = check("manage.py")
    assert done.returncode == 1
    found = re.findall(r"^\?: \(([^)]+)\)", done.stderr, re.M)
    assert found
    assert set(found) == {"backspasm.E001", "backspasm.E004"}


def test_with_the_clinics_facts_it_finds_nothing(tmp_path):
    facts = (settings.BASE_DIR / "triage" / "clinic.toml").read_text("utf-8")
    facts = facts.replace("555-01", "554-01").replace("placeholder.example", "clinic.example")
    facts = re.sub(r"\[(fill in|por llenar):[^\]]*\]", "desk@clinic.example", facts)
    facts = facts.replace("hours_checked = false", "hours_checked = true")
    for name, fingerprint in fingerprints().items():
        facts += f"""
[sign_off.{name}]
role = {{ en = "Spine doctor", es = "Médico de columna" }}
date = 2027-01-15
next_check = 2099-01-15
fingerprint = "{fingerprint}"
"""
    (tmp_path / "clinic.toml").write_text(facts, "utf-8")
    done = check("-c", WITH_FACTS, str(tmp_path / "clinic.toml"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout
