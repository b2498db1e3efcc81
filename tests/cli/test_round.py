"""The variants of one target, one after the other: no file twice, and Ctrl-C keeps what is done."""

from dataclasses import replace
from pathlib import Path

import pytest

from effprof.base.errors import ExitCode
from effprof.cli.judged import Judges, judges
from effprof.cli.round import Pace, Wanted, measured
from effprof.measure.asked import Asked
from effprof.report.report import Report
from effprof.target import load
from tests.conftest import EXAMPLES

STUDENT = Asked(EXAMPLES / "student.onnx", load("edge"), ceiling_s=0.1, threads=1, energy=False)


class Impatient(Judges):
    """Whoever looks at the first report presses Ctrl-C."""

    def judged(self, report: Report) -> Report:
        raise KeyboardInterrupt


@pytest.mark.usefixtures("two_trials")
def test_what_becomes_the_same_file_is_not_measured_again() -> None:
    reports: list[Report] = []
    wanted: Wanted = [("as is", STUDENT), ("again", STUDENT), ("never", "it has no weights")]
    tried, code = measured(wanted, judges("edge", None), reports, Pace(2))
    assert code is ExitCode.DONE
    assert [one.variant for one in tried] == ["as is", "again", "never"]
    assert tried[0].report is reports[0]
    assert reports[0].score is not None
    assert [one.why for one in tried[1:]] == [
        "the file it becomes is that of as is",
        "it has no weights",
    ]


@pytest.mark.usefixtures("two_trials")
def test_an_interrupt_keeps_what_was_tried_and_names_the_rest() -> None:
    reports: list[Report] = []
    wanted: Wanted = [("int8", "it is int8 already"), ("as is", STUDENT), ("fp16", STUDENT)]
    panel = Impatient(judges("edge", None).profile, None)
    tried, code = measured(wanted, panel, reports, Pace(2))
    assert code is ExitCode.INTERRUPTED
    assert not reports
    assert [one.why for one in tried] == [
        "it is int8 already",
        *["interrupted before it was measured"] * 2,
    ]


def test_where_nothing_could_be_measured_the_error_is_the_exit_code() -> None:
    lost = [("as is", replace(STUDENT, model=Path("nowhere.onnx")))]
    tried, code = measured(lost, judges("edge", None), [], Pace(1))
    assert code is ExitCode.REQUEST
    assert "nowhere.onnx" in (tried[0].why or "")


def test_the_pace_says_which_of_how_many() -> None:
    pace = Pace(3)
    assert pace.next("as is on edge") == "as is on edge (1 of 3)"
    assert pace.next("int8 on edge") == "int8 on edge (2 of 3, about 1 min left)"
