"""A gate as a person reads it, from the golden report."""

from effprof.formats.gate_text import gate, verdict_line
from effprof.formats.text_look import Look, cells, render
from effprof.report import codec
from tests.judge.reports import GOLDEN


def test_verdict_lines_and_reasons_fit_a_pipe() -> None:
    (report,) = codec.load(GOLDEN)
    shown = render(gate(report, Look()), Look())
    assert shown.startswith(f"{report.model.name} against kws-old.onnx on {report.target.id}: fail")
    assert max(map(cells, shown.splitlines())) <= 80
    for told in ("+6.00 %", "-0.1 points", "CPU of 4", "fails above 1 %, passes below 4 %", "spin"):
        assert told in shown
    (energy,) = [line for line in shown.splitlines() if "energy.inference" in line]
    assert energy.split()[0] == "shown"  # it gates nothing


def test_quiet_is_one_line() -> None:
    (report,) = codec.load(GOLDEN)
    line = verdict_line(report)
    assert line.startswith("fail: ")
    assert "\n" not in line
