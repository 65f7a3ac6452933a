"""A copy is checked when it is made, not when it is needed."""

import pytest
from django.core.management import CommandError

from triage.operations import backup


def test_what_is_no_whole_copy_is_refused_and_leaves_nothing(monkeypatch, tmp_path, db):
    monkeypatch.setattr(backup, "_copy_sqlite", lambda source, target: None)  # an empty database is a whole one
    with pytest.raises(CommandError, match="no such table"):
        backup.back_up(tmp_path / "today.copy")
    assert list(tmp_path.iterdir()) == []
