"""Bad input: the right exit code, one clear line with a hint, nothing lost and nothing left."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.conftest import EXAMPLES
from tests.e2e import bad_models
from tests.e2e.command import effprof, effprof_here, report_of
from tests.processes import words

STUDENT = EXAMPLES / "student.onnx"
ROOT = Path(__file__).parents[2]


def refused(code: int, *words: object, env: dict[str, str] | None = None) -> str:
    """The one line on stderr of a command that ends with `code` and prints no report."""
    done = effprof_here(*words, env=env)
    assert done.returncode == code, done.stderr + done.stdout
    assert done.stdout == ""
    line, *hint = done.stderr.splitlines()
    assert line.startswith("effprof: ")
    assert len(hint) <= 1
    return done.stderr


def test_files_that_are_no_models(tmp_path: Path) -> None:
    for name, content in {
        "empty.onnx": b"",
        "text.onnx": b"hello, I am a model\n" * 50,
        "noise.onnx": os.urandom(4096),
        "truncated.onnx": STUDENT.read_bytes()[:9000],
        "zip.onnx": b"PK\x03\x04" + bytes(100),
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert name in refused(2, "measure", path)


def test_missing_file_directory_and_no_permission(tmp_path: Path) -> None:
    assert "no such file" in refused(2, "measure", tmp_path / "absent.onnx")
    assert "folder" in refused(2, "measure", tmp_path)


@pytest.mark.parametrize(
    "build",
    [
        lambda path: bad_models.relu(path, opset=99),
        bad_models.unknown_operator,
    ],
)
def test_a_model_the_runtime_does_not_know(build: Callable[[Path], Path], tmp_path: Path) -> None:
    said = refused(2, "measure", build(tmp_path / "new.onnx"))
    assert "new.onnx" in said
    assert "hint:" in said


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"image": np.zeros((5, 1, 9, 9), np.float32)}, "9"),
        ({"image": np.zeros((5, 1, 8, 8), np.int64)}, "int64"),
        ({"image": np.full((5, 1, 8, 8), np.nan, np.float32)}, "NaN"),
        ({"picture": np.zeros((5, 1, 8, 8), np.float32)}, "picture"),
        ({"image": np.array([{}], dtype=object)}, "object"),
    ],
)
def test_inputs_that_do_not_fit(arrays: dict[str, np.ndarray], said: str, tmp_path: Path) -> None:
    path = tmp_path / "inputs.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    assert said in refused(2, "measure", STUDENT, "--inputs", path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-t", "egde"), "did you mean edge"),
        (("-t", "../../etc/passwd"), "passwd"),
        (("--profile", "egde"), "did you mean edge"),
        (("--budget", "absent.yaml"), "no such file"),
        (("--shape", "image=1x1x9x9"), "image"),
        (("--dim", "bach=4"), "did you mean batch"),
        (("--batch", "0"), "--batch 0"),
        (("--batch", "many"), "--batch many"),
        (("--batch", "10000000000"), "of memory to give"),
        (("--batch", "1,99999999999999999999"), "more items than any memory holds"),
        (("--batch", "9" * 5000), "more items than any memory holds"),
        (("--threads", "99999999999"), "--threads"),
        (("--input", "image=random:0:x"), "image"),
        (("--labels", "absent.npy"), "--labels"),
        (("--precision-goal", "5 ms"), "5 ms"),
        (("--runtime", "onnxruntime"), "onnxruntime"),
        (("--runtime", "torch==2.0.0"), "torch"),
        (("--json", "absent/folder/r.json"), "absent/folder"),
    ],
)
def test_words_that_make_no_sense(words: tuple[str, ...], said: str) -> None:
    assert said in refused(2, "measure", STUDENT, *words)


def test_a_runtime_that_is_not_set_up_says_how(tmp_path: Path) -> None:
    said = refused(
        3,
        "measure",
        STUDENT,
        "--runtime",
        "onnxruntime==1.24.4",
        env={"EFFPROF_DATA": str(tmp_path)},
    )
    assert "effprof setup onnxruntime==1.24.4" in said


def test_an_operator_that_fails_at_run_time_is_a_measurement_not_finished(tmp_path: Path) -> None:
    saved = tmp_path / "r.json"
    model = bad_models.fails_at_run_time(tmp_path / "f.onnx")
    done = effprof_here("measure", model, "--json", saved)
    assert done.returncode == 4
    report = json.loads(saved.read_text())
    assert report["trials"][0]["ending"] == "error"
    assert "reshape" in report["unfinished"].lower()
    assert {missing["metric"] for missing in report["missing"]} >= {"latency.p50"}
    assert report["metrics"]["size.model"]["value"] > 0


def test_an_endless_model_is_stopped_and_named(tmp_path: Path) -> None:
    saved = tmp_path / "r.json"
    model = bad_models.endless(tmp_path / "e.onnx")
    done = effprof_here("measure", model, "--timeout", 5, "--json", saved)
    assert done.returncode == 4
    trial = json.loads(saved.read_text())["trials"][0]
    assert trial["ending"] == "timeout"
    assert "first" in trial["detail"]


def test_a_hungry_model_is_stopped_at_the_targets_limit(tmp_path: Path) -> None:
    target = tmp_path / "small.yaml"
    target.write_text(
        "schema: 1\nname: small\nenvironment: edge\nsummary: little memory\nmeans: run\n"
        "backend: onnxruntime\nprofile: edge\nmeters: [memory]\nmemory_limit: 700 MiB\n"
    )
    saved = tmp_path / "r.json"
    model = bad_models.hungry(tmp_path / "h.onnx")
    done = effprof_here("measure", model, "-t", target, "--json", saved)
    assert done.returncode == 4
    trial = json.loads(saved.read_text())["trials"][0]
    assert trial["ending"] == "memory"
    assert "700 MiB" in trial["detail"]


@pytest.mark.usefixtures("two_trials")
def test_a_nan_in_the_answer_is_a_warning_in_the_report(tmp_path: Path) -> None:
    report = report_of(bad_models.not_a_number(tmp_path / "nan.onnx"), "--time", 0.2)
    codes = [warning["code"] for warning in report["warnings"]]
    assert "non-finite-output" in codes


@pytest.fixture
def scripted(tmp_path: Path) -> tuple[Path, str]:
    """A target whose backend misbehaves on demand, installed as a stranger's plugin would be."""
    site = tmp_path / "site"
    info = site / "scripted-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: scripted\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[effprof.backends]\nscripted = tests.scripted:Scripted\n"
    )
    target = tmp_path / "scripted.yaml"
    target.write_text(
        "schema: 1\nname: scripted\nenvironment: edge\nsummary: misbehaves\nmeans: run\n"
        "backend: scripted\nprofile: edge\nmeters: [memory]\n"
    )
    return target, os.pathsep.join([str(site), str(ROOT)])


@pytest.mark.parametrize(
    ("do", "ending"),
    [("segfault", "crashed"), ("raise", "error")],
)
def test_a_runtime_that_dies_is_exit_4_with_a_report(
    do: str, ending: str, scripted: tuple[Path, str], tmp_path: Path
) -> None:
    target, path = scripted
    saved = tmp_path / "r.json"
    done = effprof(
        "measure", STUDENT, "-t", target, "--json", saved,
        env={"PYTHONPATH": path, "SCRIPTED": json.dumps({"at": "run", "do": do})},
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert json.loads(saved.read_text())["trials"][0]["ending"] == ending
    assert "NOT FINISHED" in done.stdout


@pytest.fixture
def stopper(tmp_path: Path) -> dict[str, str]:
    """An environment in which effprof gets a Ctrl-C when it looks for the module in STOP_AT."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == os.environ['STOP_AT']: os.kill(os.getpid(), signal.SIGINT)\n"
        "if 'measure' in sys.orig_argv: sys.meta_path.insert(0, Stop())\n"
    )
    return {"PYTHONPATH": str(tmp_path)}


@pytest.mark.parametrize(
    "module", ["effprof.cli", "typing", "effprof.cli.app", "effprof.measure.prepare", "numpy"]
)
def test_an_interrupt_while_modules_are_imported(module: str, stopper: dict[str, str]) -> None:
    done = effprof("measure", STUDENT, env={**stopper, "STOP_AT": module})
    assert (done.returncode, done.stderr) == (130, "effprof: interrupted\n")


def _a_worker(process: psutil.Process, _saved: Path) -> bool:
    return any("worker" in words(child) for child in process.children())


def _a_trial(_process: psutil.Process, saved: Path) -> bool:
    return saved.exists()


@pytest.mark.parametrize(
    ("ready", "number"),
    [(_a_worker, signal.SIGINT), (_a_trial, signal.SIGTERM)],
)
def test_an_interrupt_while_it_measures(
    ready: Callable[[psutil.Process, Path], bool], number: int, tmp_path: Path
) -> None:
    saved = tmp_path / "r.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "effprof", "measure", str(STUDENT), "--json", str(saved)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    looked = psutil.Process(process.pid)
    while not ready(looked, saved):
        time.sleep(0.01)
    family = looked.children(recursive=True)
    process.send_signal(number)
    _out, said = process.communicate(timeout=60)
    assert "Traceback" not in said
    assert process.returncode == 130, said
    assert not psutil.wait_procs(family, timeout=60)[1]
    report = json.loads(saved.read_text())
    assert report["unfinished"] == "interrupted"
    if ready is _a_trial:
        assert report["metrics"]["latency.p50"]["n"] > 0


def test_an_ignored_hangup_stays_ignored() -> None:
    """What `nohup effprof measure` relies on."""
    code = (
        "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from effprof.__main__ import heed, leave; heed(leave)\n"
        "os.kill(os.getpid(), signal.SIGHUP); print('still here', flush=True)\n"
        "os.kill(os.getpid(), signal.SIGTERM); print('not here')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "still here\n")
    assert done.stderr == "effprof: interrupted\n"


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A file size limit makes every write beyond 1000 bytes fail, as a full disk does."""
    saved = tmp_path / "r.json"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "effprof",
            "measure",
            str(STUDENT),
            "--time",
            "0.2",
            "--json",
            saved,
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},  # Python keeps what it cut off
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert "r.json: cannot be written" in done.stderr
    assert "latency.p50" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("full", [False, True])
def test_a_table_that_cannot_be_written_loses_no_report(full: bool, tmp_path: Path) -> None:
    """A reader of the pipe who left long before the table came, and a full disk."""
    saved = tmp_path / "r.json"
    reading, writing = os.pipe()
    os.close(reading)
    if full:
        os.close(writing)
        writing = os.open("/dev/full", os.O_WRONLY)
    worked_out = ("measure", str(STUDENT), "-t", "raspberry-pi-5", "--json", str(saved))
    done = subprocess.run(
        [sys.executable, "-m", "effprof", *worked_out],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.returncode == (3 if full else 0), done.stderr
    told = "effprof: a file cannot be written: no space left on device\n" if full else ""
    assert done.stderr.startswith(told)
    assert "bug" not in done.stderr
    report = json.loads(saved.read_text())
    assert "unfinished" not in report
    assert report["metrics"]["latency.p50"]["value"] > 0


def test_a_reader_that_leaves_is_no_error() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "effprof", "schema", "report"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() in (0, -signal.SIGPIPE)
    process.stderr.close()


@pytest.mark.parametrize("bug", [False, True])
def test_a_traceback_changes_no_exit_code(bug: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raised, it would end in 1, which says that a limit failed."""

    def slip(_word: str) -> None:
        raise ZeroDivisionError

    if bug:
        monkeypatch.setattr("effprof.target.load", slip)
    codes = []
    for env in ({}, {"EFFPROF_DEBUG": "1"}):
        done = effprof_here("measure", STUDENT, "-t", "no-such-target", env=env)
        codes.append(done.returncode)
        assert ("Traceback" in done.stderr) == bool(env)
        assert done.stderr.splitlines()[-2].startswith("effprof: ")
    assert codes == [4, 4] if bug else [2, 2]
