"""A change of clinical words has an owner to ask."""

import re

from tests.servers.conftest import ROOT


def test_all_that_is_signed_has_an_owner():
    owners = (ROOT / ".github/CODEOWNERS").read_text("utf-8")
    owned = tuple(re.findall(r"^/(\S+) +@\S+/clinicians$", owners, re.M))
    assert all((ROOT / path).exists() for path in owned)
    for path in ("triage/clinical/rules.py", "templates/guide/es/home.html", "triage/locale/es/LC_MESSAGES/django.po"):
        assert path.startswith(owned)
