import re
from pathlib import Path

import pytest

from effprof.base.errors import HistoryError
from effprof.history.place import place, without_password


def test_the_word_then_the_variable_then_a_file_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path))
    monkeypatch.delenv("EFFPROF_DB")
    assert place(None) == place(str(tmp_path / "history.db"))
    monkeypatch.setenv("EFFPROF_DB", str(tmp_path / "team.db"))
    assert place(None) == place(f"sqlite:///{tmp_path}/team.db")
    monkeypatch.setenv("EFFPROF_DB", "off")
    assert place(None) is None
    assert place("mine.db") == place("sqlite:///mine.db")


@pytest.mark.parametrize(
    "word", ["mysql://h/d", "sqlite://", "sqlite:///", "postgresql://h:x/d", "dbname=d"]
)
def test_what_is_no_history_is_refused(word: str) -> None:
    with pytest.raises(HistoryError, match="--db"):
        place(word)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("postgresql://me:pass@host:5432/db", "postgresql://me:***@host:5432/db"),
        ("--db=postgresql://me:p@ss@host/db", "--db=postgresql://me:***@host/db"),
        ("host=h password = pass dbname=d", "host=h password = *** dbname=d"),
        ("postgresql://host/db?user=me&password=pass", "postgresql://host/db?user=me&password=***"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("models/kws.onnx", "models/kws.onnx"),
        ("me:pass@host", "me:pass@host"),
    ],
)
def test_no_password_is_shown(word: str, shown: str) -> None:
    assert without_password(word) == shown
    if word.startswith("postgresql://"):
        where = place(word)
        assert where is not None
        assert where.shown == shown


@pytest.mark.parametrize(
    "word",
    [
        "postgresql://me:se/cret@h/d",
        "postgresql://me:se@cret@h/d",
        "postgresql://me:se#cret@h/d",
        "postgresql://me:secret@h:x/d",
        "postgresql://me:secret@[::1/d",
        "mysql://me:se/cret@h/d",
        "host=h password='se cret'",
    ],
)
def test_no_refusal_holds_a_part_of_a_password(word: str) -> None:
    with pytest.raises(HistoryError) as caught:
        place(word)
    told = caught.value.message + caught.value.hint
    assert not {"se", "cret"} & set(re.findall(r"\w+", told))
