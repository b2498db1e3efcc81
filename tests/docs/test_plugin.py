"""The worked backend plugin: a package of its own, installed beside effprof, measures for real."""

import importlib.util
import inspect
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import EXAMPLES
from tests.contract import test_backend as contract

PLUGIN = Path(__file__).parents[2] / "examples" / "plugin"
TARGET = PLUGIN / "onnx-reference.yaml"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder as pip leaves it: the metadata of the package, its entry points among them."""
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"]
    info = tmp_path / "site" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (info / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
            for group, points in project["entry-points"].items()
        )
    )
    return info.parent


def effprof(site: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(map(str, (site, PLUGIN)))
    return subprocess.run(
        [sys.executable, "-P", "-m", "effprof", *map(str, words)],
        env={**os.environ, "PYTHONPATH": path},
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_measures(site: Path, student: Path) -> None:
    inputs = ("--inputs", EXAMPLES / "heldout.npz", "--labels", EXAMPLES / "labels.npy")
    done = effprof(site, "measure", student, "-t", TARGET, "--time", "0.2", "--json", "-", *inputs)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["target"]["backend"] == "onnx-reference"
    assert set(report["host"]["packages"]) == {"onnx", "numpy"}
    assert report["metrics"]["latency.p50"]["value"] > 50e-6
    assert report["metrics"]["memory.peak"]["value"] > 1 << 20
    assert report["metrics"]["quality.accuracy"]["value"] == pytest.approx(0.992)


def test_what_it_refuses_is_said_before_anything_runs(site: Path, student: Path) -> None:
    done = effprof(site, "measure", student, "-t", TARGET, "--threads", "2")
    assert done.returncode == 2
    assert "the reference evaluator runs on one thread, not 2" in done.stderr


def test_doctor_knows_it(site: Path) -> None:
    done = effprof(site, "doctor", "-t", TARGET)
    assert done.returncode == 0
    assert "target onnx-reference: can be measured here" in done.stdout


def test_without_it_the_target_names_the_backend_that_is_lacking(student: Path) -> None:
    done = effprof(PLUGIN, "measure", student, "-t", TARGET)
    assert done.returncode == 3
    assert "onnx-reference: no backend of that name is installed" in done.stderr


@pytest.mark.network
def test_its_wheel_holds_the_module_and_the_entry_point(tmp_path: Path) -> None:
    from zipfile import ZipFile

    from effprof.environment.uv import find_uv

    command = [find_uv(), "build", "--quiet", "--wheel", "--out-dir", str(tmp_path), str(PLUGIN)]
    subprocess.run(command, check=True)
    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        points = next(name for name in names if name.endswith("entry_points.txt"))
        assert b"onnx-reference = effprof_onnx_reference:OnnxReference" in wheel.read(points)
    assert "effprof_onnx_reference.py" in names


@pytest.fixture
def case() -> contract.Case:
    """What the suite that every backend must pass asks for."""
    spec = importlib.util.spec_from_file_location("plugin", PLUGIN / "effprof_onnx_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    image = np.zeros((1, 1, 8, 8), np.float32)
    model = EXAMPLES / "student.onnx"
    return contract.Case(module.OnnxReference(), lambda _: model, {"image": image}, "onnx")


@pytest.fixture
def session(case: contract.Case) -> Any:
    case.backend.start()
    return case.backend.load(str(EXAMPLES / "student.onnx"), contract.OPTIONS)


@pytest.mark.parametrize(
    "name",
    [name for name in vars(contract) if name.startswith("test_") and "onnxruntime" not in name],
)
def test_it_keeps_the_contract(name: str, request: pytest.FixtureRequest) -> None:
    check = vars(contract)[name]
    check(**{word: request.getfixturevalue(word) for word in inspect.signature(check).parameters})
