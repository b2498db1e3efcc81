"""The fake driver libraries, built once where there is a C compiler."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
LIBRARIES = {"libnvidia-ml.so.1": "fake_nvml.c", "libcuda.so.1": "fake_cuda.c"}


def build(folder: Path) -> Path:
    """The folder that LD_LIBRARY_PATH must name for nvidia-ml-py to find it."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler to build the fake driver library with")
    for library, source in LIBRARIES.items():
        words = ["-shared", "-fPIC", "-o", str(folder / library), str(HERE / source)]
        subprocess.run([compiler, *words], check=True)
    return folder


def told(code: str, library: Path, **env: str) -> dict[str, Any]:
    """The JSON that `code` prints in a process whose driver libraries are the fake ones."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "LD_LIBRARY_PATH": str(library), "CUDA_VISIBLE_DEVICES": "0", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded
