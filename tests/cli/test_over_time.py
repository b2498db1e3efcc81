"""What a page says of time: out of the history where the reports are in it, else of themselves."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from effprof.base.errors import RequestError
from effprof.cli.over_time import trends_of
from effprof.history.place import Place
from effprof.history.store import History
from effprof.report.history import HISTORY, Kept
from effprof.report.report import Report
from tests.formats.sample import FULL, TINY, UNFINISHED


def made(day: int) -> Report:
    """One a day of the same series."""
    created = f"2026-11-{day:02}T12:00:00Z"
    return replace(FULL, id=f"01JD00000000000000000000{day:02}", created=created)


def test_reports_of_one_series_in_the_order_they_were_measured() -> None:
    (one,) = trends_of([made(2), made(1), TINY, UNFINISHED], history=False, db=None)
    assert (one.model, one.target) == (FULL.model.name, "edge")
    p50 = next(metric for metric in one.metrics if metric.metric == "latency.p50")
    assert [spot.created for spot in p50.spots] == [made(1).created, made(2).created]
    assert p50.spots[0].low == FULL.metrics["latency.p50"].low


def test_nothing_of_one_report_or_of_different_series() -> None:
    assert trends_of([FULL], history=False, db=None) == []
    assert trends_of([FULL, TINY], history=False, db=None) == []


def test_their_series_out_of_the_history_is_longer(tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    days = [made(day) for day in range(1, 6)]
    with History(Place(file, f"sqlite:///{file}", str(file)), new=True) as opened:
        opened.keep([Kept(HISTORY, "measure", report) for report in days])
    (one,) = trends_of(days[-2:], history=None, db=str(file))
    p50 = next(metric for metric in one.metrics if metric.metric == "latency.p50")
    assert [spot.report for spot in p50.spots] == [report.id for report in days]


def test_a_history_that_cannot_be_read_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.db").write_text("no database")
    (one,) = trends_of([made(1), made(2)], history=None, db=str(tmp_path / "bad.db"))
    assert len(one.metrics[0].spots) == 2
    assert "bad.db" in capsys.readouterr().err


def test_a_history_cannot_be_named_and_left_out() -> None:
    with pytest.raises(RequestError, match="--db says nothing with --no-history"):
        trends_of([FULL], history=False, db="x.db")
