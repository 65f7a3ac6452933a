"""`manage.py check --deploy` on the settings of a server finds nothing, once the clinic's facts are filled in.

That it names placeholders and missing sign-offs is in test_clinic.py and test_sign_off.py.
"""

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
    "DJANGO_ALLOW_ASYNC_UNSAFE": "",  # it is for the process of the tests only: see tests/environment.py
}
CHECK = ["check", "--deploy", "--fail-level", "WARNING"]
# The clinic's facts without placeholders, so that those do not hide other faults.
WITH_FACTS = """
import sys
from pathlib import Path
from triage import clinic
read, facts = clinic.load_clinic, Path(sys.argv.pop(1))
clinic.load_clinic = lambda path, languages: read(facts, languages)
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


def test_check_deploy_passes_with_the_clinics_facts(tmp_path):
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
    done = subprocess.run(
        [sys.executable, "-c", WITH_FACTS, str(tmp_path / "clinic.toml"), *CHECK],
        cwd=settings.BASE_DIR,
        env=os.environ | ON_A_SERVER | {"DJANGO_SETTINGS_MODULE": "backspasm_site.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout
