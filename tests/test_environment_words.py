"""What an environment is asked for with, and the interpreters it can be made under."""

import sys
from pathlib import Path

import pytest

from effprof import environment
from effprof.base.errors import RequestError
from effprof.environment import Spec, parse_requirement, pythons


class TestRequirement:
    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("onnxruntime==1.24.4", "onnxruntime==1.24.4"),
            (" ONNXRuntime_GPU == 1.20.0rc1 ", "onnxruntime-gpu==1.20.0rc1"),
            ("ai.edge.litert==2.0.1.post1", "ai-edge-litert==2.0.1.post1"),
        ],
    )
    def test_normalised(self, text: str, key: str) -> None:
        spec = parse_requirement(text)
        assert spec.key == spec.requirements[0] == key
        assert spec.name == key.partition("==")[0]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "list",
            "onnxruntime",
            "onnxruntime==",
            "==1.0",
            "onnxruntime>=1.0",
            "onnxruntime===1.0",
            "onnxruntime==1.*",
            "onnxruntime[gpu]==1.0",
            "onnxruntime==1.0; python_version > '3'",
            "onnxruntime==1.0 numpy==1.0",
            "onnxruntime==1.0\n--index-url=http://x",
            "--index-url==1",
            "-r==1",
            "../x==1",
            "onnxruntime @ https://example.org/x.whl",
            "https://example.org/x==1",
            "onnxruntime==1.0+local/../..",
            "٣==٣",
            "x" * 200 + "==1",
        ],
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(RequestError, match="is not NAME==VERSION"):
            parse_requirement(text)

    @pytest.mark.parametrize(
        ("text", "numpy"),
        [
            ("onnxruntime==1.18.1", "numpy<2"),
            ("tflite-runtime==2.14.0", "numpy<2"),
            ("onnxruntime==1.19.0", "numpy"),
            ("onnxruntime==2.0", "numpy"),
        ],
    )
    def test_numpy_it_can_use(self, text: str, numpy: str) -> None:
        assert parse_requirement(text).requirements[1] == numpy

    def test_another_list_is_another_folder(self) -> None:
        assert Spec("a==1", ("a==1", "numpy")).folder != Spec("a==1", ("a==1", "numpy<2")).folder


def interpreter(path: Path, answer: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{answer}\necho $0\n")
    path.chmod(0o755)
    return path


class TestPythons:
    @pytest.fixture(autouse=True)
    def nowhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", f"{tmp_path}/path")
        monkeypatch.setenv("PYENV_ROOT", f"{tmp_path}/pyenv")
        monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", f"{tmp_path}/uv")

    def test_ours_first(self) -> None:
        assert environment.find_python((3, 11)) == Path(sys.executable)

    def test_none(self) -> None:
        assert environment.find_python((99, 0)) is None

    def test_a_shim_that_does_not_run_is_passed_over(self, tmp_path: Path) -> None:
        interpreter(tmp_path / "path/python3.98", "echo 'pyenv: not found' >&2; exit 127")
        real = interpreter(
            tmp_path / "pyenv/versions/3.98.1/bin/python3", "echo cpython 3 98 final None"
        )
        assert environment.find_python((3, 98)) == real

    @pytest.mark.parametrize(
        "answer",
        [
            "echo pypy 3 98 final None",
            "echo cpython 3 98 final 1",  # free-threaded
            "echo cpython 3 98 beta 0",
            "echo cpython 3 97 final 0",
            "echo hello",
            "echo cpython 3 98 final 0; echo $0; exit 1",
        ],
    )
    def test_unfit(self, answer: str, tmp_path: Path) -> None:
        interpreter(tmp_path / "path/python3.98", answer)
        assert environment.find_python((3, 98)) is None

    def test_what_a_shim_starts_is_found_not_the_shim(self, tmp_path: Path) -> None:
        interpreter(tmp_path / "path/python3.98", "echo cpython 3 98 final 0; echo /real; exit 0")
        assert environment.find_python((3, 98)) == Path("/real")

    def test_only_these_versions_newest_first(self, tmp_path: Path) -> None:
        for minor in (96, 97, 98):
            path = tmp_path / f"uv/cpython-3.{minor}/bin/python3"
            interpreter(path, f"echo cpython 3 {minor} final 0")
        found = environment.find_python((3, 11), only={(3, 96), (3, 97)})
        assert found == tmp_path / "uv/cpython-3.97/bin/python3"

    def test_one_that_hangs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pythons, "_TIMEOUT_S", 0.2)
        assert pythons.version_of(interpreter(tmp_path / "python3", "exec /bin/sleep 60")) is None
