"""The rounds of monitor, with measurements that are told beforehand."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from effprof.base.errors import EffprofError, ExitCode, ModelError, UnfinishedError
from effprof.cli import rounds
from effprof.cli.judged import judges
from effprof.cli.kept import Keeper
from effprof.cli.rounds import Rounds
from effprof.history.place import Place
from effprof.history.store import History, Wanted
from effprof.measure.asked import Asked
from effprof.report.report import Report
from effprof.target import load
from tests.history.build import kept

Told = Report | EffprofError


@pytest.fixture
def place(tmp_path: Path) -> Place:
    file = tmp_path / "history.db"
    return Place(file, "", str(file))


def monitor(
    place: Place, monkeypatch: pytest.MonkeyPatch, told: Sequence[Told], *, every_s: float = 60.0
) -> tuple[Rounds, ExitCode]:
    """As many rounds as there is told of, without waiting."""
    left: Iterator[Told] = iter(told)

    def measured(*_: Any) -> tuple[Report, ExitCode]:
        one = next(left)
        if isinstance(one, EffprofError):
            raise one
        stopped = one.unfinished == "interrupted"
        return one, ExitCode.INTERRUPTED if stopped else ExitCode.DONE

    monkeypatch.setattr(rounds, "measure_one", measured)
    target = load("edge")
    made = Rounds(
        [Asked(model=Path("m.onnx"), target=target)],
        [judges(target.profile, None)],
        Keeper(place, Path("m.onnx"), "monitor"),
        every_s,
    )
    try:
        return made, made.run(len(told), sleep=lambda _: None)
    finally:
        made.keeper.close()


def count(place: Place) -> int:
    with History(place) as history:
        return history.count(Wanted())


def reports(first: int, count: int, p50_s: float) -> list[Report]:
    return [kept(at, p50_s=p50_s + 1e-6 * (at % 3)).report for at in range(first, first + count)]


def test_a_change_is_warned_of_once(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = [*reports(0, 12, 0.010), *reports(12, 8, 0.012)]
    made, code = monitor(place, monkeypatch, told)
    said = capsys.readouterr().err
    assert code == ExitCode.DONE
    assert said.count("latency.p50") == 1
    assert "worse" in said
    assert made.board.changes["edge", "latency.p50"].ratio == pytest.approx(1.2, rel=0.01)
    assert (made.board.measured, count(place)) == (20, 20)

    # One that begins later says it only while it is news.
    monitor(place, monkeypatch, reports(20, 1, 0.012))
    assert "latency.p50 " not in capsys.readouterr().err


def test_one_that_is_run_for_a_round_at_a_time_warns_too(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in [*reports(0, 12, 0.010), *reports(12, 3, 0.012)]:
        assert "latency.p50 " not in capsys.readouterr().err
        monitor(place, monkeypatch, [one])
    assert "latency.p50 +20" in capsys.readouterr().err


def test_a_round_that_goes_wrong_is_said_and_the_next_goes_on(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = reports(0, 2, 0.01)
    told: list[Told] = [good[0], UnfinishedError("it fell over"), good[1]]
    made, code = monitor(place, monkeypatch, told)
    assert code == ExitCode.UNFINISHED
    assert "it fell over" in capsys.readouterr().err
    assert (made.board.measured, made.board.failed, count(place)) == (2, 1, 2)


def test_a_wrong_request_ends_it_at_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError):
        monitor(place, monkeypatch, [ModelError("no model"), *reports(0, 1, 0.01)])


def test_an_interrupted_round_is_the_last_and_is_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = replace(reports(1, 1, 0.01)[0], unfinished="interrupted")
    made, code = monitor(place, monkeypatch, [*reports(0, 1, 0.01), stopped, *reports(2, 1, 0.01)])
    assert code == ExitCode.INTERRUPTED
    assert count(place) == 2
    assert made.board.newest["edge"].id == "R000000"


@pytest.mark.parametrize(
    ("now_s", "wait_s"), [(100.0, 60.0), (101.0, 59.0), (159.5, 0.5), (160.0, 60.0), (250.0, 30.0)]
)
def test_rounds_begin_on_multiples_of_the_time_between_them(now_s: float, wait_s: float) -> None:
    assert rounds.wait_s(100.0, now_s, 60.0) == pytest.approx(wait_s)
