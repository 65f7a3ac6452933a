"""Breaks the product in 40 places, one at a time, and says whether the tests notice.

`python -m tests.broken_places [part of a name …]`: one line for each place, then the total. It ends with 1 if more
than MOST_MISSED are missed, or any of those that were named. pytest does not collect this, and `make test` does not
run it: it takes about ten minutes, and as long as the tests for each place that is missed.

Each place is broken, and restored, in a copy of the checkout without ignored files. A text is searched for in all
product files, so a place may move to another file.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("backspasm_site", "triage", "templates")
COMPILE_WORDS = ".venv/bin/python -m babel.messages.frontend -q compile -d triage/locale -D django"
MOST_MISSED = 2
# The tests that run after those most likely to notice. The slow ones come last.
THE_REST = ("tests/unit tests/journeys tests/house", "tests/browser tests/faults tests/servers")
# It fails at every change of a rule, also a right one, so it does not show that a fault was noticed.
NOT_COUNTED = "tests/unit/clinical/test_decision_table.py::test_no_rule_changes_without_a_line_in_the_log"


# Keys: the tests most likely to notice, which run first. Values: the harm that would be done, a text of the product,
# and what replaces it.
PLACES: dict[str, dict[str, tuple[str, str]]] = {
    "unit/clinical": {
        "a fever with back pain waits a week": ('"U1",\n        CareLevel.URGENT,', '"U1",\n        CareLevel.DOCTOR,'),
        "a fever with a weak immune system is no emergency": (
            "LOST_WEIGHT_OR_LUMP, *INFECTION_RISKS, STEROIDS,",
            "LOST_WEIGHT_OR_LUMP, STEROIDS,",
        ),
        "a fall at the age of 65 is not urgent": ('"age.65_up": range(65,', '"age.65_up": range(66,'),
    },
    "unit/clinical/test_medicines.py": {
        "a teenager may ask for aspirin": (
            (
                '(all_of("age.under_19"),),\n        avoid=(ASPIRIN,),\n'
                "        ask_first=(IBUPROFEN, NAPROXEN, ACETAMINOPHEN, LIDOCAINE),"
            ),
            '(all_of("age.under_19"),),\n        ask_first=MEDICINES,',
        ),
        "ibuprofen late in pregnancy": (
            '(all_of("pregnancy.weeks_20_up"),),\n        avoid=NSAIDS,\n        ask_first=(ACETAMINOPHEN, LIDOCAINE),',
            '(all_of("pregnancy.weeks_20_up"),),\n        ask_first=MEDICINES,',
        ),
    },
    "unit/clinical/test_self_care.py": {
        "heat stays on the skin for half an hour": ("HEAT_OR_ICE_MINUTES_MOST = 20", "HEAT_OR_ICE_MINUTES_MOST = 30")
    },
    "journeys/test_check_symptoms.py": {
        "an emergency is not ordered to call 911": (
            '<h1 tabindex="-1"{% if not without_focus %} autofocus{% endif %}>{% translate level.shown.order %}</h1>',
            '<h1>{% translate "Your advice" %}</h1>',
        ),
        "a few huge forms fill the server's memory": ("_MEMORY_SIZE = 64 * 1024", "_MEMORY_SIZE = 64 * 1024 * 1024"),
    },
    "house/test_caches.py": {
        "the next person at a shared computer reads the result": (
            "@cache_control(no_store=True)\ndef advice",
            "@cache_control(private=True, max_age=600)\ndef advice",
        )
    },
    "house/test_no_steering.py": {
        "a person in pain gets an error page when the rules fail": (
            "except Exception as error:  # noqa: BLE001 - whatever failed, a person waits for advice",
            "except ValueError as error:",
        )
    },
    "journeys/test_read_the_guide.py": {
        "nobody finds the Spanish pages by searching": (
            "i18n = alternates = x_default = True",
            "i18n = alternates = x_default = False",
        )
    },
    "house/test_words.py": {
        "a Spanish address shows English text": (
            'f"guide/{translation.get_language()}/{page.name}.html"',
            'f"guide/en/{page.name}.html"',
        )
    },
    "house/test_sign_off.py": {
        "a changed page still says that a clinician checked it": (
            "return recorded if recorded and recorded.fingerprint == fingerprint_of(name) else None",
            "return recorded",
        )
    },
    "unit/booking/test_views.py": {
        "another site sends requests in a visitor's name": (
            '@require_http_methods(["GET", "HEAD", "POST"])\ndef request_visit',
            '@csrf_exempt\n@require_http_methods(["GET", "HEAD", "POST"])\ndef request_visit',
        ),
        "a request that is lost is called sent": (
            'return _form_page(request, form, shown_as="not_stored", status=503)',
            'return redirect("booking:sent")',
        ),
        "answers are stored without consent": (
            'return self.answers if self.cleaned_data.get("share") else None',
            "return self.answers",
        ),
        "the list of errors does not lead to the fields": (
            '<a href="#{% if field.use_fieldset %}{{ field.auto_id }}_0{% else %}{{ field.id_for_label }}{% endif %}">',
            "<a>",
        ),
    },
    "journeys/test_request_a_visit.py": {
        "a form that is sent twice makes two requests": ("self.posted_key or uuid.uuid4()", "uuid.uuid4()")
    },
    "unit/booking/test_abuse.py": {
        "a flood of new requests hides the patients": ("flagged = enforce_limits(client, stored)", "flagged = 0"),
        "a made-up address gets around the limits": (
            "    if settings.TRUSTED_PROXIES:\n",
            '    if settings.TRUSTED_PROXIES or "HTTP_X_FORWARDED_FOR" in request.META:\n',
        ),
    },
    "unit/booking/test_outbox.py": {
        "two workers send one notice": (", Q(claimed_until=None) | Q(claimed_until__lte=now)", "")
    },
    "unit/test_clinic.py": {
        "waiting is an hour wrong when the clocks change": ("self.zone).astimezone(dt.UTC) for", "self.zone) for"),
        "a made-up phone number goes live": (r"|placeholder|555\D?01\d\d", "|placeholder"),
    },
    "unit/booking/test_deadlines.py": {
        "we promise to call on a holiday": ("closes = min(holiday.closes_at or opens, closes)", "pass"),
        "the front page counts what waits in time as overdue": (
            "created_at__lt=settings.CLINIC.last_hours(now)[0]",
            "created_at__lt=settings.CLINIC.last_hours(now)[1]",
        ),
    },
    "unit/desk/test_requests.py": {
        "a stranger's markup in a name changes the desk's page": (
            '<dd class="copy">{{ sent.name }}</dd>',
            '<dd class="copy">{{ sent.name|safe }}</dd>',
        ),
        "the second of two receptionists undoes the first one's work": (
            "if seen is not None and seen != stored.version:",
            "if seen is not None and seen > stored.version:",
        ),
    },
    "unit/desk/test_audit.py": {
        "nobody can tell who looked at a request": (
            "actions.record(AuditEvent.What.VIEWED, by=cast(User, request.user), request=stored)",
            "",
        )
    },
    "unit/desk/test_export.py": {
        "the front desk takes all requests home in a file": (
            'permission_required("triage.export_bookingrequest"',
            'permission_required("triage.view_bookingrequest"',
        ),
        "a name runs as a formula in the manager's spreadsheet": (
            """return FORMULA.sub(r"\\g<0>'", text.strip())""",
            "return text.strip()",
        ),
    },
    "unit/booking/test_retention.py": {
        "a request that still waits is erased": (
            "Q(status=Status.CLOSED, status_changed_at__lte=closed)",
            "Q(status_changed_at__lte=closed)",
        )
    },
    "servers/test_notices.py": {
        "an erased name can be read in the database's journal": ("transaction.on_commit(_empty_journal)", "")
    },
    "house/test_promises.py": {
        "a script from elsewhere may run on a page": (
            "default-src 'none'; script-src 'self';",
            "default-src *; script-src *;",
        )
    },
    "journeys/test_sign_in.py": {
        "a stolen password alone opens the requests": (" and has_shown_factor", ""),
        "a desk that was left stays open to whoever sits down": (" or now - seen_at > settings.SESSION_IDLE_AGE:", ":"),
    },
    "unit/desk/test_demo_accounts.py": {
        "a demo account works from another machine": (' and request.META.get("REMOTE_ADDR") in LOOPBACK_ADDRESSES', "")
    },
    "unit/test_logs.py": {
        "a log keeps the address with what was typed": ('return f"answered {status}"', "return record.getMessage()")
    },
    "unit/operations/test_health.py": {"the monitor is quiet though tables are missing": ("is_migrated() and ", "")},
    "unit/operations/test_backup.py": {"a broken backup is found when it is needed": ("        check(draft)\n", "")},
    "unit/test_environment.py": {
        "health answers travel in the open": (
            'if parts.scheme == "https" or parts.hostname in LOOPBACK_NAMES:',
            "if parts.hostname:",
        )
    },
}


def find(name: str, text: str) -> str:
    """The product file that holds the text. Raises SystemExit unless it stands exactly once in all of them."""
    counts = {file: (ROOT / file).read_text(encoding="utf-8").count(text) for file in tracked(*PRODUCT)}
    found = [file for file, count in counts.items() for _ in range(count)]
    if len(found) != 1:
        raise SystemExit(f"{name}: {text!r} stands {len(found)} times, not once: {found}")
    return found[0]


def tracked(*folders: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *folders], cwd=ROOT, check=True, capture_output=True, text=True)
    return listed.stdout.split("\0")[:-1]


def first_failure(folder: Path, tests: str) -> str:
    """The first of these that fails there, without its parameters; "" if none does."""
    command = [".venv/bin/python", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=no", "-rf"]
    command += [f"--deselect={NOT_COUNTED}", *tests.split()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    failed = re.search(r"^FAILED ([^\s\[]+)", done.stdout, re.MULTILINE)
    assert failed or not done.returncode, f"pytest {tests}: {(done.stdout + done.stderr)[-500:]}"
    return failed.group(1) if failed else ""


def main(wanted: list[str]) -> bool:
    """Whether too many are missed."""
    places = [(likely, name, *texts) for likely, group in PLACES.items() for name, texts in group.items()]
    files = {name: find(name, text) for _likely, name, text, _broken in places}
    chosen = [place for place in places if not wanted or any(part in place[1] for part in wanted)]
    fails_unbroken, count = cache(first_failure), 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for tracked_file in tracked():
            (copy / tracked_file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / tracked_file, copy / tracked_file)
        (copy / ".venv").symlink_to((ROOT / ".venv").resolve())
        subprocess.run(COMPILE_WORDS.split(), cwd=copy, check=True)
        for likely, name, text, broken in chosen:
            file = copy / files[name]
            whole = file.read_text(encoding="utf-8")
            file.write_text(whole.replace(text, broken), encoding="utf-8")
            by = next(filter(None, (first_failure(copy, tests) for tests in (f"tests/{likely}", *THE_REST))), "")
            file.write_text(whole, encoding="utf-8")
            if by and (other := fails_unbroken(copy, by.partition("::")[0])):
                print(f"CANNOT TELL  {name}: {other} fails though nothing is broken", flush=True)
                continue
            count += bool(by)
            print(f"{'noticed' if by else 'NOT NOTICED':11}  {name}{by and f': {by}'}", flush=True)
    print(f"noticed {count} of {len(chosen)}")
    return len(chosen) - count > (0 if wanted else MOST_MISSED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
