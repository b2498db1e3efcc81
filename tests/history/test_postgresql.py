"""The history in a real PostgreSQL, as a team has it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from effprof.base.errors import HistoryError, LackingError
from effprof.history.place import chosen
from effprof.history.store import History, Wanted
from tests.e2e.command import effprof_here
from tests.history import server
from tests.history.build import kept

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from effprof.history.place import chosen
from effprof.history.store import History
from tests.history.build import kept
first = int(sys.argv[2])
with History(chosen(sys.argv[1]), new=True) as history:
    for number in range(first, first + 20):
        history.keep([kept(number)])
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if reason := server.lacking():
        pytest.skip(reason)
    with server.server() as found:
        yield found


def test_everything_in_turn(url: str, tmp_path: Path) -> None:
    # Two writers at once on an empty database; ids they share are kept once.
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, str(first)], cwd=ROOT)
        for first in (0, 10)
    ]
    assert [one.wait() for one in writers] == [0, 0]
    slower = [kept(at, p50_s=0.012, commit="b" * 40) for at in range(30, 40)]
    with History(chosen(url)) as history:
        assert history.count(Wanted()) == 30
        assert history.keep(slower) == 10
        assert [one.id for one in history.entries(Wanted(model="m.onnx"), 2)] == [
            "R000039",
            "R000038",
        ]
        assert history.find("r00003" + "9") == slower[-1].report
        (series,) = history.trends(Wanted(host="0"), ("latency.p50",), 1000)
        (change,) = series.metrics[0].changes
        assert (change.after.commit, change.since) == ("b" * 40, 10)

    # A transaction that fails leaves nothing.
    with History(chosen(url)) as history:
        with pytest.raises(HistoryError):
            history.find("nothing")
        broken = replace(kept(50), commit="a\x00b")  # PostgreSQL takes no NUL in a text
        with pytest.raises(LackingError):
            history.keep([kept(49), broken])
        assert history.count(Wanted()) == 40

    # Out to lines, in to SQLite, and the same back.
    file = tmp_path / "runs.jsonl"
    assert effprof_here("history", "export", file, "--db", url).returncode == 0
    local = tmp_path / "history.db"
    assert "40 of 40" in effprof_here("history", "import", file, "--db", local).stdout
    assert "0 of 40" in effprof_here("history", "import", file, "--db", url).stdout
    back = tmp_path / "back.jsonl"
    effprof_here("history", "export", back, "--db", local)
    assert back.read_text() == file.read_text()
    assert (
        "removed 35 of 40"
        in effprof_here("history", "prune", "--keep", 5, "--yes", "--db", url).stdout
    )
    assert effprof_here("history", "list", "--db", url).stdout.count("m.onnx") == 5


def test_times_are_those_of_utc_whatever_the_zone_of_the_session(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGTZ", "Asia/Kathmandu")
    with History(chosen(url), new=True) as history:
        late = kept(60)
        history.keep([late])
        (newest,) = history.entries(Wanted(), 1)
        assert newest.created == late.report.created
        (series,) = history.trends(Wanted(), ("latency.p50",), 1000)
        assert series.metrics[0].spots[-1].created == late.report.created


def test_a_wrong_password_is_one_line_without_it(url: str) -> None:
    wrong = url.replace(server.PASSWORD, "guessed")
    said = effprof_here("history", "list", "--db", wrong)
    assert said.returncode == 3
    assert "password authentication failed" in said.stderr
    assert "guessed" not in said.stderr
    assert said.stderr.count("\n") == 2


def test_a_server_that_is_not_there() -> None:
    nowhere = f"postgresql://me:{server.PASSWORD}@127.0.0.1:{server.free_port()}/postgres"
    said = effprof_here("history", "list", "--db", nowhere)
    assert said.returncode == 3
    assert "refused" in said.stderr
    assert "?" not in said.stderr.partition("hint:")[0]  # the driver's own question is left out
    assert server.PASSWORD not in said.stderr
