"""A gate as a person reads it, from the golden report."""

from msgspec.structs import replace

from effprof.formats.gate_text import gate, limits_of, verdict_line, whole
from effprof.formats.markdown import markdown
from effprof.formats.text import text
from effprof.formats.text_headline import budget_verdict
from effprof.formats.text_look import Look, cells, render
from effprof.report import codec
from effprof.report.bundle import Bundle
from effprof.report.judgement import Verdict
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
    assert line.startswith("fail, not finished: ")
    assert "energy.inference shown" in line
    assert "\n" not in line


def test_a_limit_beside_the_gate_is_told_too() -> None:
    (golden,) = codec.load(GOLDEN)
    assert golden.gate is not None
    report = replace(golden, unfinished=None, gate=replace(golden.gate, verdict="pass"))
    shown = render(whole(report, Look()), Look())
    assert "fail, over a limit (the gate alone: pass)" in shown.splitlines()[0]
    assert "at most" in shown
    assert verdict_line(report).startswith("fail, over a limit (the gate alone: pass): ")
    assert "limit of size.model fail" in verdict_line(report)
    assert max(map(cells, shown.splitlines())) <= 80


def test_what_alone_was_gated_is_said_where_the_rest_is_only_shown() -> None:
    (golden,) = codec.load(GOLDEN)
    assert golden.gate is not None
    (shown,) = [line for line in golden.gate.lines if not line.gates]
    size = replace(shown, metric="size.model", gates=True, verdict="pass")
    told = replace(golden.gate, verdict="pass", lines=(shown, size))
    report = replace(golden, unfinished=None, verdicts=(), gate=told)
    assert verdict_line(report).startswith("pass of size.model alone: ")
    exact = ("quality.agreement", "quality.accuracy", "compute.cycles")
    lines = (shown, *(replace(size, metric=one) for one in exact))
    long = render(gate(replace(report, gate=replace(told, lines=lines)), Look()), Look())
    assert long.splitlines()[0].endswith(f"on {report.target.id}:")
    assert long.splitlines()[1] == f"  pass of {', '.join(exact)} alone"


def test_a_gate_of_modelled_figures_alone_gated_nothing() -> None:
    (golden,) = codec.load(GOLDEN)
    assert golden.gate is not None
    shown = tuple(line for line in golden.gate.lines if not line.gates)
    why = "nothing was gated: energy.inference is shown only"
    told = replace(golden.gate, verdict="undecided", lines=shown)
    report = replace(golden, unfinished=why, verdicts=(), gate=told)
    assert verdict_line(report).startswith("nothing was gated: ")
    assert "not finished" not in verdict_line(report)
    assert render(gate(report, Look()), Look()).splitlines()[0].endswith(": nothing was gated")
    assert "nothing was gated" in markdown(Bundle((report,))).splitlines()[0]


def test_lines_of_a_gate_are_no_budget() -> None:
    (golden,) = codec.load(GOLDEN)
    assert golden.gate is not None
    told = [Verdict(line.metric, 1.0, "fail") for line in golden.gate.lines if line.gates]
    report = replace(golden, verdicts=tuple(told))
    assert limits_of(report) == ()
    assert budget_verdict(report) is None
    assert "Budget" not in text(report)
