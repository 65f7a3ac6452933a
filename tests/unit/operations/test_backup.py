"""A copy is checked when it is made, not only when it is restored."""

import os
import sys

import pytest
from django.core.management import CommandError

import manage
from triage.operations import backup


def test_an_incomplete_copy_is_refused_and_deleted(monkeypatch, tmp_path, db):
    monkeypatch.setattr(backup, "_copy_sqlite", lambda source, target: None)  # an empty database is a whole one
    with pytest.raises(CommandError, match="no such table"):
        backup.back_up(tmp_path / "today.copy")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["back_up", "review_sheet"])
def test_a_missing_folder_is_named_in_one_sentence(monkeypatch, tmp_path, command):
    monkeypatch.setattr(sys, "argv", ["manage.py", command, str(tmp_path / "none" / "x")])
    monkeypatch.setenv("DATABASE_SECONDS", "5")
    with pytest.raises(SystemExit, match="No such file or directory"):
        manage.main()
    assert os.environ["DATABASE_SECONDS"] == "0", "a limit for pages is none for commands"
