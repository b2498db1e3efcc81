"""The gate on real models, by wide margins: what it says is to hold on any machine."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from effprof.gate import job, pairs
from effprof.history.place import Place
from effprof.history.provenance import provenance
from effprof.history.store import History
from effprof.report import codec
from effprof.report.history import HISTORY, Kept
from tests.conftest import EXAMPLES
from tests.e2e.command import effprof, effprof_here
from tests.e2e.conftest import Whole

STUDENT, TEACHER = EXAMPLES / "student.onnx", EXAMPLES / "teacher.onnx"
RACE = ("--metric", "latency.p50")
WIDE = ("--margin", "60%", "--tolerance", "90%", "--undecided", "pass")


def test_a_model_against_itself_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "SLICE_S", 0.1)
    saved = tmp_path / "gate.json"
    done = effprof_here(
        "gate", STUDENT, "--baseline", STUDENT, "--time", 200, *WIDE, "--json", saved
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(saved.read_text())
    told = report["gate"]
    assert told["verdict"] in ("pass", "undecided")
    assert "unfinished" not in report
    assert len(told["workers"]) >= 4
    lines = {line["metric"]: line for line in told["lines"]}
    assert list(lines) == ["latency.p50", "memory.peak", "size.model"]
    assert lines["latency.p50"]["clock"] == "cpu"
    assert lines["size.model"]["verdict"] == "pass"
    assert [one["metric"] for one in report["verdicts"]] == list(lines)
    assert "student.onnx against student.onnx on edge" in done.stdout


def test_a_larger_file_fails_by_itself(tmp_path: Path) -> None:
    saved = tmp_path / "gate.json"
    done = effprof(
        "gate", TEACHER, "--baseline", STUDENT, "--metric", "size.model", "--json", saved,
        "--db", tmp_path / "history.db",
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = json.loads(saved.read_text())["gate"]["lines"]
    assert (line["verdict"], line["how"]) == ("fail", "exact")
    kept = tmp_path / "kept.json"
    effprof_here("history", "list", "--db", tmp_path / "history.db", "--json", kept)
    (entry,) = json.loads(kept.read_text())["entries"]
    assert (entry["made_by"], entry["verdict"]) == ("gate", "fail")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["none.onnx", "--baseline", STUDENT], 2, "none.onnx"),
        ([STUDENT, "--baseline", "none.onnx"], 2, "none.onnx"),
        ([STUDENT, "--baseline", STUDENT, "--metric", "latency.p5"], 2, "did you mean"),
        ([STUDENT, "--baseline", STUDENT, "--margin", "5%"], 2, "--margin 5% is not under"),
        ([STUDENT, "--baseline", STUDENT, "--margin", "0.5"], 2, "--margin"),
        ([STUDENT, "--baseline", STUDENT, "--margin", "5", "--tolerance", "9"], 2, "write 5%"),
        ([STUDENT, "--baseline", STUDENT, "--baseline-runtime", "onnxruntime==0.0.1"], 3, "setup"),
        ([STUDENT, "--baseline", STUDENT, "--baseline-runtime", "litert==1.0"], 2, "litert"),
    ],
    ids=str,
)
def test_what_cannot_be_gated_is_never_a_verdict(words: list[object], code: int, told: str) -> None:
    done = effprof_here("gate", *words)
    assert done.returncode == code, done.stderr
    assert told in done.stderr


def test_a_gate_begins_without_what_it_does_not_need() -> None:
    code = (
        "import sys; from effprof.cli import main\n"
        "try: main(lambda: None, lambda: None)\n"
        "except SystemExit: print(*sys.modules)"
    )
    command = [sys.executable, "-c", code, "gate", "none.onnx", "--baseline", "none.onnx"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "none.onnx: no such file" in done.stderr
    assert not {"pint", "numpy", "scipy", "sqlalchemy", "onnx"} & set(done.stdout.split())


def test_fewer_workers_than_a_verdict_takes_are_none(tmp_path: Path) -> None:
    saved = tmp_path / "gate.json"
    done = effprof_here(
        "gate", STUDENT, "--baseline", STUDENT, *RACE, *WIDE, "--time", 1, "--json", saved
    )
    assert done.returncode == 4, done.stdout + done.stderr
    assert "undecided, not finished" in done.stdout
    report = json.loads(saved.read_text())
    assert report["unfinished"].startswith("latency.p50 was not gated: 1 of the 4 workers")


# What a worker runs before anything else: the one whose turn it is dies while it is at work.
DYING = """
import os, sys, threading
if any(word.endswith(os.path.join("worker", "__main__.py")) for word in sys.orig_argv):
    with open(os.environ["DYING"], "ab") as file:
        file.write(b".")
    if os.path.getsize(os.environ["DYING"]) == int(os.environ["DIES_AT"]):
        dying = threading.Timer(0.3, os.kill, (os.getpid(), 11))
        dying.daemon = True
        dying.start()
"""


@pytest.mark.parametrize(("dies_at", "raced"), [(1, None), (3, None), (4, 1)])
def test_a_runtime_that_dies_is_no_verdict(tmp_path: Path, dies_at: int, raced: int | None) -> None:
    (tmp_path / "sitecustomize.py").write_text(DYING)
    saved = tmp_path / "gate.json"
    env = {
        "PYTHONPATH": str(tmp_path),
        "DYING": str(tmp_path / "workers"),
        "DIES_AT": str(dies_at),
    }
    done = effprof(
        "gate", STUDENT, "--baseline", STUDENT, *RACE, *WIDE, "--json", saved, env=env
    )  # fmt: skip
    assert done.returncode == 4, done.stdout + done.stderr
    assert "SIGSEGV" in done.stdout + done.stderr
    assert saved.exists() == (raced is not None)
    if raced is None:
        return
    report = json.loads(saved.read_text())
    (line,) = report["gate"]["lines"]
    assert (line["verdict"], line["workers"]) == ("undecided", raced)
    assert "SIGSEGV" in report["unfinished"]
    unit = tmp_path / "gate.xml"
    effprof_here("report", saved, "--junit", unit)
    assert ElementTree.parse(unit).getroot().get("errors") == "1"


def test_ctrl_c_keeps_the_target_that_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = job.run, []

    def run(*words: object) -> job.Done:
        calls.append(words)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr("effprof.cli.gates.run", run)
    saved, db = tmp_path / "gate.json", tmp_path / "history.db"
    done = effprof_here(
        "gate", TEACHER, "--baseline", STUDENT, "-t", "edge", "-t", "mobile",
        "--metric", "size.model", "--json", saved, "--db", db,
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    assert "on edge: fail" in done.stdout
    (report,) = json.loads(saved.read_text())["reports"]
    assert report["gate"]["verdict"] == "fail"


def test_a_saved_report_reaches_as_far_as_this_hosts_history(whole: Whole, tmp_path: Path) -> None:
    (base,) = codec.load(whole.saved)
    p50 = base.metrics["latency.p50"]
    project, place = provenance((EXAMPLES,)).project, Place(tmp_path / "history.db", "", "")
    with History(place, new=True) as history:
        for at in range(8):
            wider = replace(p50, value=p50.value * (1 + 0.01 * (at % 2)))
            when = datetime.fromisoformat(base.created) + timedelta(hours=at)
            one = replace(
                base,
                id=f"R{at}",
                created=when.strftime("%Y-%m-%dT%H:%M:%SZ"),
                metrics={**base.metrics, "latency.p50": wider},
            )
            history.keep([Kept(HISTORY, "measure", one, project=project)])
    saved = tmp_path / "gate.json"
    done = effprof_here(
        "gate", STUDENT, "--baseline", whole.saved, *RACE, "--time", 1, "--json", saved,
        "--inputs", EXAMPLES / "heldout.npz", "--db", place.file,
    )  # fmt: skip
    assert done.returncode in (0, 1, 5), done.stderr
    (line,) = json.loads(saved.read_text())["gate"]["lines"]
    assert line["how"] == "stored"
    assert "the last 8 runs of it" in line["why"]
    assert line["low"] < line["ratio"] < line["high"]


@pytest.mark.parametrize(
    "words", [("--time", 10), ("--margin", "2%"), ("--threads", 1), ("-t", "edge"), RACE]
)
def test_what_a_projects_file_says_is_not_said_beside_it(
    tmp_path: Path, words: tuple[object, ...]
) -> None:
    project = tmp_path / "effprof.yaml"
    project.write_text("schema: 1\nmodels: {a: {path: a.onnx}}\n")
    done = effprof_here("gate", project, "--baseline", tmp_path, *words)
    assert done.returncode == 2
    assert "says nothing with a project's file" in done.stderr
