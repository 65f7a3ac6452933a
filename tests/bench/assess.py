"""How fast the rules are, and their share of the page that shows them. A measurement, never a test.

Run it on a quiet machine: python -m tests.bench.assess
"""

import os
import random
import time
from collections.abc import Callable
from typing import Any

import tests.environment  # noqa: F401 - what Django's settings ask for

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backspasm_site.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402 - only now can Django be used
from django.test.utils import override_settings  # noqa: E402

from tests.conftest import PatientClient  # noqa: E402
from tests.unit.clinical.test_assess import random_answers  # noqa: E402
from triage.clinical.answers import SymptomAnswers  # noqa: E402
from triage.clinical.assessment import assess  # noqa: E402
from triage.clinical.medicines import advise_on_medicines  # noqa: E402

SETS = 50_000
PAGES = 2_000
NO_MANIFEST = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def main() -> None:
    rng = random.Random(20261122)
    # From new, so that nothing is known beforehand of any of them.
    some = [SymptomAnswers(known.chosen, known.age) for known in (random_answers(rng) for _ in range(SETS))]
    rules = _seconds(lambda: [advise_on_medicines(answers.facts, assess(answers).level) for answers in some])
    print(f"Rules and medicines: {SETS / rules:,.0f} sets of answers a second on one core.")
    client = PatientClient(SERVER_NAME="127.0.0.1")
    bodies = [[*answers.to_fields(), ("step", "2")] for answers in some[:PAGES]]
    with override_settings(STORAGES=NO_MANIFEST):
        client.post("/check/advice/", bodies[0])  # the first page also reads the templates
        page = _seconds(lambda: [client.post("/check/advice/", body) for body in bodies]) / PAGES
    print(f"A result page: {page * 1000:.2f} ms, of which rules and medicines {rules / SETS / page:.1%}")


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
