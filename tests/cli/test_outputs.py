"""No output takes the place of what a command reads: refused with both words, nothing is lost."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from effprof.cli.app import app
from effprof.cli.outputs import Command
from effprof.report import codec
from effprof.report.save import save
from tests.cli.test_score import edge

STUDENT = Path(__file__).parents[2] / "examples" / "digits" / "student.onnx"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("r.json", "s.json"):
        save(codec.dump(edge(name, 0.02)), tmp_path / name)
    save("schema: 1\nname: b\nlimits: {latency.p99: {max: 50 ms}}\n", tmp_path / "b.yaml")
    shutil.copy(STUDENT, tmp_path / "m.onnx")
    (tmp_path / "link.json").symlink_to("r.json")
    (tmp_path / "m.onnx.data").write_bytes(bytes(64))
    save(
        "schema: 1\nmodels: {one: {path: m.onnx, baseline: m.onnx, labels: y.npy}}\n",
        tmp_path / "effprof.yaml",
    )
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "effprof", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "lost", "named"),
    [
        ("measure m.onnx --json m.onnx", "m.onnx", "MODEL"),
        ("inspect m.onnx --json ./m.onnx", "m.onnx", "MODEL"),
        ("inspect m.onnx --json m.onnx.data", "m.onnx.data", "no text"),
        ("measure gone.onnx --json m.onnx", "m.onnx", "no text"),
        ("measure gone.onnx --input x=b.yaml --html b.yaml", "b.yaml", "--input"),
        ("measure m.onnx -t b.yaml --json b.yaml", "b.yaml", "--target"),
        ("report r.json --csv r.json", "r.json", "REPORT"),
        ("report link.json --html r.json", "r.json", "REPORT"),
        ("report r.json --format text=r.json", "r.json", "REPORT"),
        ("compare r.json s.json --json r.json", "r.json", "BASE"),
        ("score r.json s.json --json r.json", "r.json", "REPORT"),
        ("check r.json --budget b.yaml --json b.yaml", "b.yaml", "--budget"),
        ("report r.json --html new.out --csv new.out", "r.json", "--html"),
        ("history export --db h.db m.onnx", "m.onnx", "no text"),
        ("gate --json effprof.yaml", "effprof.yaml", "the project's file"),
    ],
)
def test_what_is_read_is_never_replaced(folder: Path, words: str, lost: str, named: str) -> None:
    before = (folder / lost).read_bytes()
    ended = run(folder, *words.split())
    assert ended.returncode == 2, ended.stderr
    assert named in ended.stderr
    assert "name another file" in ended.stderr
    assert (folder / lost).read_bytes() == before
    assert not (folder / "new.out").exists()


def test_one_report_may_grow_in_its_place_and_outputs_be_written_again(folder: Path) -> None:
    assert run(folder, "score", "r.json", "--json", "r.json").returncode == 0
    (one,) = codec.load(folder / "r.json")
    assert one.score is not None
    for _ in range(2):
        ended = run(folder, "report", "r.json", "--csv", "edge", "--markdown", "/dev/null")
        assert ended.returncode == 0, ended.stderr


def test_every_command_is_watched() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert all(isinstance(one, Command) for one in commands.values())
    words = {
        option
        for one in commands.values()
        for param in one.params
        if param.metavar in ("FILE|-", "NAME=FILE")
        for option in param.opts
    }
    assert {"--json", "--html", "--markdown", "--junit", "--csv", "--openmetrics"} <= words
    unmarked = {
        (name, param.name)
        for name, one in commands.items()
        for param in one.params
        if param.name in ("json", "html") and param.metavar != "FILE|-"
    }
    assert not unmarked
