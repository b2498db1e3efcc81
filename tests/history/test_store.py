import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from effprof.base.errors import HistoryError, LackingError, ReportError
from effprof.history import file as files
from effprof.history import listing, quick
from effprof.history.place import Place
from effprof.history.store import History, Wanted
from effprof.report.history import Entry
from effprof.report.report import ModelPart
from tests.history.build import kept, latency

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    file = tmp_path / "deep" / "history.db"
    return Place(file, "", str(file))


def listed(place: Place, wanted: Wanted, last: int) -> tuple[tuple[Entry, ...], int]:
    """As `effprof history list` asks."""
    return quick.answered(
        place, lambda ask: (listing.entries(ask, wanted, last), listing.count(ask, wanted))
    )


def test_what_is_kept_comes_back_whole_and_newest_first(place: Place) -> None:
    told = [kept(0), kept(1, commit="c0ffee"), kept(2, unfinished="interrupted")]
    with History(place, new=True) as history:
        assert history.keep(told) == 3
        newest, middle, _oldest = history.entries(Wanted(), last=9)
        assert (newest.id, newest.unfinished, newest.latency) == ("R000002", "interrupted", None)
        assert (middle.commit, middle.latency, middle.origin) == ("c0ffee", 0.01, "measured")
        assert [one.id for one in history.entries(Wanted(), last=1)] == ["R000002"]
        assert list(history.all(Wanted())) == told
        assert history.find("r000001") == told[1].report


def test_an_id_is_kept_once(place: Place) -> None:
    with History(place, new=True) as history:
        assert history.keep([kept(0), kept(0)]) == 1
        assert history.keep([kept(0, p50_s=9.0), kept(1)]) == 1
        assert history.count(Wanted()) == 2
        assert history.find("R000000").metrics["latency.p50"].value == 0.01


def test_lists_are_narrowed(place: Place) -> None:
    other = kept(1, model=ModelPart("other.onnx", "onnx", "1" * 64, 1))
    with History(place, new=True) as history:
        history.keep([kept(0), replace(other, branch="topic")])
        for wanted, ids in (
            (Wanted(model="other.onnx"), ["R000001"]),
            (Wanted(target="edge"), ["R000001", "R000000"]),
            (Wanted(target="cloud"), []),
            (Wanted(host="0", branch="topic"), ["R000001"]),
            (Wanted(host="%"), []),
        ):
            found = history.entries(wanted, last=9)
            assert [one.id for one in found] == ids
            assert history.count(wanted) == len(ids)
            assert listed(place, wanted, 9) == (found, len(ids))


def test_an_id_that_is_no_or_several_reports(place: Place) -> None:
    with History(place, new=True) as history:
        history.keep([kept(number) for number in range(7)])
        several = "several: R000000, R000001, R000002, R000003, R000004 and more$"
        for word, why in (("r00000", several), ("X", "no report"), ("%", "no report")):
            with pytest.raises(HistoryError, match=why):
                history.find(word)


def test_a_document_gone_bad_is_one_clear_line(place: Place) -> None:
    with History(place, new=True) as history:
        history.keep([kept(0)])
    with sqlite3.connect(str(place.file)) as plain:
        plain.execute("UPDATE effprof_documents SET json = x'00'")
    plain.close()
    with pytest.raises(HistoryError, match="R000000: damaged"), History(place) as history:
        history.find("R000000")


def test_reading_makes_no_history(place: Place) -> None:
    with pytest.raises(HistoryError, match="no history there"):
        History(place)
    assert place.file is not None
    assert not place.file.parent.exists()


def test_a_report_that_cannot_be_kept_takes_none_with_it(place: Place) -> None:
    bad = kept(1)
    broken = replace(bad, report=replace(bad.report, created="yesterday"))
    endless = kept(2, metrics={"latency.p90": latency(float("inf"))})
    with History(place, new=True) as history:
        for one in (broken, endless):
            with pytest.raises(ReportError):
                history.keep([kept(0), one])
        assert history.count(Wanted()) == 0


@pytest.mark.parametrize("content", [b"not a database at all, but some text\n" * 40, b"SQLite"])
def test_a_damaged_file_is_one_clear_line(place: Place, content: bytes) -> None:
    assert place.file is not None
    place.file.parent.mkdir()
    place.file.write_bytes(content)
    with pytest.raises(HistoryError, match=r"history\.db: damaged") as caught:
        History(place, new=True)
    assert "\n" not in caught.value.message
    assert place.file.read_bytes() == content


def test_a_page_gone_bad_is_one_clear_line(place: Place) -> None:
    assert place.file is not None
    with History(place, new=True) as history:
        history.keep([kept(number) for number in range(200)])
    with place.file.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (place.file.stat().st_size - 4096))
    with pytest.raises(HistoryError, match="damaged"), History(place) as history:
        list(history.all(Wanted()))


def test_a_list_of_what_is_no_history_says_what_is_wrong(place: Place) -> None:
    with pytest.raises(HistoryError, match="no history there"):
        listed(place, Wanted(), 9)
    assert place.file is not None
    place.file.parent.mkdir()
    place.file.write_bytes(b"not a database at all, but some text\n" * 40)
    with pytest.raises(HistoryError, match="damaged"):
        listed(place, Wanted(), 9)
    place.file.write_bytes(b"")
    assert listed(place, Wanted(), 9) == ((), 0)


def test_a_history_of_a_newer_effprof_is_refused_by_name(place: Place) -> None:
    with History(place, new=True):
        pass
    with sqlite3.connect(str(place.file)) as plain:
        plain.execute("UPDATE effprof_history SET version = 2")
    plain.close()
    with pytest.raises(HistoryError, match="version 2, this effprof reads 1"):
        History(place)
    with pytest.raises(HistoryError, match="version 2, this effprof reads 1"):
        listed(place, Wanted(), 9)


def test_a_full_disk_loses_nothing_that_was_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with History(place, new=True) as history:
        history.keep([kept(0)])
    opened = files.open_file

    def without_room(file: Path) -> sqlite3.Connection:
        connection = opened(file)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr("effprof.history.database.open_file", without_room)
    with History(place) as history:
        with pytest.raises(LackingError, match="no room on the disk"):
            history.keep([kept(number) for number in range(1, 500)])
        assert history.count(Wanted()) == 1


def test_a_writer_that_waits_in_vain_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE_S", 0.01)
    with History(place, new=True) as history:
        rival = sqlite3.connect(str(place.file), isolation_level=None)
        rival.execute("BEGIN IMMEDIATE")
        with pytest.raises(LackingError, match="another process"):
            history.keep([kept(0)])
        rival.execute("ROLLBACK")
        rival.close()
        assert history.keep([kept(0)]) == 1


WRITER = """
import sys
from pathlib import Path
from effprof.history.place import Place
from effprof.history.store import History
from tests.history.build import kept
first = int(sys.argv[2])
with History(Place(Path(sys.argv[1]), "", ""), new=True) as history:
    for number in range(first, first + 20):
        history.keep([kept(number)])
"""


def test_two_writers_at_once_on_a_new_file(place: Place) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(place.file), str(first)], cwd=ROOT)
        for first in (0, 20, 10)
    ]
    assert [one.wait() for one in writers] == [0, 0, 0]
    with History(place) as history:
        assert history.count(Wanted()) == 40


KILLED = """
import os, signal, sys
from pathlib import Path
from effprof.history import rows, store
from effprof.history.place import Place
from tests.history.build import kept
with store.History(Place(Path(sys.argv[1]), "", ""), new=True) as history:
    history.keep([kept(0)])
    class Last(rows.Ready):
        def put(self, connection):
            super().put(connection)
            os.kill(os.getpid(), signal.SIGKILL)
    store.Ready = Last
    history.keep([kept(1)])
"""


def test_a_crash_leaves_no_half_report(place: Place) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(place.file)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    with History(place) as history:
        assert [one.id for one in history.entries(Wanted(), last=9)] == ["R000000"]
        assert history.keep([kept(1)]) == 1


def test_a_disk_that_is_read_only_can_be_read(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with History(place, new=True) as history:
        history.keep([kept(0)])
    flags = SimpleNamespace(f_flag=os.ST_RDONLY)
    monkeypatch.setattr(os, "statvfs", lambda _: flags)
    assert listed(place, Wanted(), 9)[1] == 1
    with History(place) as history:
        assert history.find("R000000") == kept(0).report
        with pytest.raises(LackingError, match="cannot be written"):
            history.keep([kept(1)])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_not_ours(place: Place, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LackingError, match="history"):
        History(place, new=True)
