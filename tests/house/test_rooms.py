"""Who may import whom. The plan is in docs/decisions/0001."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("clinical", "guide", "checker", "booking", "handover", "templatetags")
# room -> rooms it may know. A link between two rooms is a URL name, never an import.
MAY_IMPORT = {
    "clinical": set(),
    "handover": {"clinical"},
    "guide": {"clinical"},
    "checker": {"clinical", "handover"},
    "booking": {"clinical", "handover"},
    "templatetags": {"clinical", "guide"},
}


def python_files(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by full name"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "triage").parts[0].removesuffix(".py")


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_downward(room):
    for path in python_files("triage"):
        if room_of(path) != room:
            continue
        for name in imports_of(path):
            parts = name.split(".")
            if parts[0] == "triage" and len(parts) > 1 and parts[1] in ROOMS and parts[1] != room:
                assert parts[1] in MAY_IMPORT[room], f"{path.relative_to(ROOT)} imports {name}"


def test_clinical_is_standard_library_only():
    for path in python_files("triage/clinical"):
        for name in imports_of(path):
            top = name.split(".")[0]
            assert top in sys.stdlib_module_names or name.startswith("triage.clinical"), f"{path.name} imports {name}"


def test_only_urls_and_wiring_import_views():
    for folder in ("triage", "backspasm_site"):
        for path in python_files(folder):
            if path.name in ("urls.py", "errors.py"):
                continue
            for name in imports_of(path):
                assert not name.endswith(".views"), f"{path.relative_to(ROOT)} imports {name}"


def test_only_booking_has_models():
    for path in python_files("triage"):
        if "models.Model)" in path.read_text(encoding="utf-8"):
            assert path.relative_to(ROOT).as_posix() == "triage/booking/models.py"


WRITES = {"create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete", "save"}
WRITES |= {"execute", "executemany"}  # SQL of our own
# Who may write what, by the name that stands first in the call. All else goes through actions, where it is locked
# and recorded.
WRITERS = {
    "booking/actions.py": {"BookingRequest", "StaffNote", "Notice", "AuditEvent", "stored"},
    "booking/limits.py": {"Sending", "cursor"},  # how often something was sent; counts in SQL of its own
    "booking/rows.py": {"cursor"},  # for actions and limits, see below
    "booking/outbox.py": {"Notice", "notice", "unsent"},  # how the sending goes
    "booking/retention.py": {"BookingRequest", "cursor"},  # erases; empties SQLite's journal
    "booking/staff.py": {"User", "account", "session", "Authenticator"},  # accounts
    "booking/demo.py": {"codes"},
    "management/made_up.py": {"cursor"},  # made-up requests, a million at a time
    "management/commands/seed_demo.py": {"stored"},  # says of a made-up request's notices that they were sent
    "management/commands/migrate.py": {"cursor"},  # a lock
}


def test_only_actions_write_requests():
    """And what else is written there has its place, named above. The other rooms know no model."""
    for folder in ("booking", "management"):
        for path in python_files(f"triage/{folder}"):
            name = path.relative_to(ROOT / "triage").as_posix()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                    written = re.match(r"\w*", ast.unparse(node.func))[0]
                    assert written in WRITERS.get(name, ()), f"{name}:{node.lineno} writes {written}"
            if "triage.booking.rows.insert" in imports_of(path):
                assert name in ("booking/actions.py", "booking/limits.py"), f"{name} writes rows"


def test_no_migration_is_missing(db):
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
