"""`effprof setup`; making an environment is tested in tests/test_environment.py."""

import json
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from effprof.base.errors import EffprofError
from effprof.cli.setup import setup
from effprof.environment import parse_requirement, store

app = typer.Typer()
app.command()(setup)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def ready() -> Path:
    """An environment that was made before."""
    place = store.root() / parse_requirement("onnxruntime==1.24.4").folder
    (place / "bin").mkdir(parents=True)
    (place / "bin/python").symlink_to(sys.executable)
    told = {"key": "onnxruntime==1.24.4", "python": "3.11", "packages": ["numpy==2.4.6"]}
    (place / store.MARKER).write_text(json.dumps(told))
    return place


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_nothing_yet() -> None:
    assert "no environments yet" in run().stdout


def test_list(ready: Path) -> None:
    said = run("list").stdout
    for words in ("onnxruntime==1.24.4", "3.11", "KiB", "numpy==2.4.6"):
        assert words in said
    assert ready.name in said
    assert str(ready.parent) in "".join(said.split())
    assert max(map(len, said.splitlines())) <= 80


def test_one_that_is_ready_is_not_made_again(ready: Path) -> None:
    said = run("onnxruntime==1.24.4").stdout
    assert said == f"onnxruntime==1.24.4: was ready, {ready}/bin/python\n"


def test_remove(ready: Path) -> None:
    assert "removed" in run("OnnxRuntime==1.24.4", "--remove").stdout
    assert not ready.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("mobile", "--remove"), "onnx2tf==2.6.9 and ai-edge-quantizer==0.10.0: is not set up"),
        (("onnxruntime",), "'onnxruntime' is not NAME==VERSION"),
        (("lst",), "'lst' is not NAME==VERSION"),
        (("--remove",), "remove which?"),
        (("onnxruntime==1.0", "--remove"), "onnxruntime==1.0: is not set up"),
    ],
)
def test_refused(words: tuple[str, ...], message: str) -> None:
    bad = run(*words).exception
    assert isinstance(bad, EffprofError)
    assert bad.exit_code == 2
    assert message in bad.message
    assert bad.hint
