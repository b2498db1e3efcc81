"""effprof.yaml: every value checked, every path made whole, none that leads out."""

import re
from pathlib import Path

import pytest

from effprof.base.errors import BudgetError, ProjectError
from effprof.budget import project
from effprof.cli.gated import jobs_of

WHOLE = """\
schema: 1
targets: [edge, nrf52840]
baseline: old
models:
  one:
    path: models/one.onnx
    inputs: data/in.npz
    dims: {sequence: 128}
    budget:
      latency.p99: {max: 33 ms}
  two:
    path: two.tflite
    baseline: two.json
    targets: [tinyml]
    metrics: [compute.cycles]
    threads: 2
margin: 2 %
tolerance: 5 %
time: 90 s
undecided: pass
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "effprof.yaml"
    path.write_text(text)
    return path


def test_a_whole_project(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    found = project.read(write(tmp_path, WHOLE))
    one, two = found.entries
    assert (found.margin, found.tolerance, found.time_s) == (0.02, 0.05, 90)
    assert found.undecided == "pass"
    assert one.model == tmp_path / "models/one.onnx"
    assert (one.baseline, one.in_checkout) == (tmp_path / "old/models/one.onnx", True)
    assert one.targets == ("edge", "nrf52840")
    assert one.inputs == tmp_path / "data/in.npz"
    assert one.budget is not None
    assert one.budget.limits[0].value == pytest.approx(0.033)
    assert (two.baseline, two.in_checkout) == (tmp_path / "two.json", False)
    assert (two.targets, two.metrics, two.part.threads) == (("tinyml",), ("compute.cycles",), 2)


def test_a_baseline_on_the_command_line_outweighs_those_of_the_file(tmp_path: Path) -> None:
    checkout = tmp_path / "base"
    checkout.mkdir()
    found = project.read(write(tmp_path, WHOLE), checkout)
    assert [one.baseline for one in found.entries] == [
        checkout / "models/one.onnx",
        checkout / "two.tflite",
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("models/one.onnx", "../one.onnx"), "leads out"),
        (("models/one.onnx", "/etc/passwd"), "leads out"),
        (("data/in.npz", "../../in.npz"), "leads out"),
        (("compute.cycles", "compute.cycle"), "unknown metric"),
        (("baseline: old\n", ""), "nothing to hold it against"),
        (("margin: 2 %", "margin: 7 %"), "margin"),
        (("margin: 2 %", "margin: 2 s"), "margin"),
        (("margin: 2 %", "margin: 2"), "margin: 2 has no unit write 2%"),
        (("time: 90 s", "time: 90"), "time"),
        (("undecided: pass", "undecided: maybe"), "undecided"),
        (("threads: 2", "threads: 0"), "threads"),
        (("schema: 1", "schema: 2"), "schema"),
        (("targets: [edge", "target: [edge"), "target"),
        (("targets: [edge, nrf52840]", "targets: []"), "targets"),
        (("  one:\n", "  one: &a\n"), "anchors"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_by_name(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    (tmp_path / "old").mkdir()
    path = write(tmp_path, WHOLE.replace(*change))
    with pytest.raises(ProjectError) as error:
        project.read(path)
    assert told in f"{error.value.message} {error.value.hint}"


def test_a_limit_without_its_unit_is_refused_where_it_stands(tmp_path: Path) -> None:
    path = write(tmp_path, WHOLE.replace("33 ms", "33"))
    with pytest.raises(BudgetError) as error:
        project.read(path)
    assert "models.one.budget.latency.p99.max" in error.value.message


@pytest.mark.parametrize(
    ("missing", "told"),
    [("models/one.onnx", "models.one.path"), ("nowhere", "baseline: {folder}/nowhere")],
)
def test_a_file_that_is_not_there_is_named_before_anything_runs(
    tmp_path: Path, missing: str, told: str
) -> None:
    """The project's own model first, not the one that it would be held against."""
    (tmp_path / "old").mkdir()
    for name in ("models/one.onnx", "two.tflite"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / missing).unlink(missing_ok=True)
    word = "old" if missing.endswith("onnx") else missing
    found = project.read(write(tmp_path, WHOLE), tmp_path / word)
    with pytest.raises(ProjectError, match=re.escape(told.format(folder=tmp_path))):
        jobs_of(found, None, 0, 1.0, ())
