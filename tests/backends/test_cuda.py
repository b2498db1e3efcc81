"""The way to a GPU, on driver libraries of the test's own; the GPU itself is marked `gpu`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from effprof.backends.cuda import OnnxRuntimeCuda, no_gpu
from effprof.base.records import OperatorTime
from effprof.measure import operators, sweep
from effprof.measure.collect import Evidence
from effprof.measure.operators import Profile
from tests.e2e.command import effprof_here
from tests.measure.build import block, failed, trial

DRIVER = """
int cuInit(unsigned flags) { return %d; }
int cuDeviceGetCount(int *count) { *count = %d; return 0; }
"""
CODE = "from effprof.backends.cuda import OnnxRuntimeCuda as B; print(B().unavailable())"


def said(folder: Path, code: int, count: int) -> str:
    """What the backend says in a process that finds this driver."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler to build the driver library with")
    source = folder / "cuda.c"
    source.write_text(DRIVER % (code, count))
    library = str(folder / "libcuda.so.1")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, str(source)], check=True)
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={**os.environ, "LD_LIBRARY_PATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize(
    ("code", "count", "words"),
    [
        (100, 0, "cuInit answers 100"),
        (0, 0, "shows no GPU"),
        (0, 1, "onnxruntime-gpu is not installed (effprof setup cuda)"),
    ],
)
def test_what_is_lacking_is_named(code: int, count: int, words: str, tmp_path: Path) -> None:
    assert words in said(tmp_path, code, count)


def test_without_a_gpu_it_is_exit_code_3_at_once_and_never_the_cpu(student: Path) -> None:
    if no_gpu() is None:
        pytest.skip("this machine has a GPU")
    done = effprof_here("measure", student, "-t", "cloud")
    assert done.returncode == 3
    assert "no NVIDIA driver" in done.stderr
    assert "looked for libcuda.so.1" in done.stderr
    assert "cloud-cpu" in done.stderr
    assert done.stdout == ""


def test_another_format_is_refused() -> None:
    assert "this is tflite" in str(OnnxRuntimeCuda().refuses({"format": "tflite"}, {}))


def test_operators_on_the_cpu_beside_an_accelerator_are_named() -> None:
    cpu, cuda = "CPUExecutionProvider", "CUDAExecutionProvider"
    mixed = (
        OperatorTime("a", "Conv", 1.0, provider=cuda),
        OperatorTime("b", "NonZero", 1.0, provider=cpu),
    )
    codes = {one.code: one.text for one in operators.cautions(Profile(mixed), (), None)}
    assert "b (NonZero)" in codes["falls-back-to-cpu"]
    alone = (OperatorTime("b", "NonZero", 1.0, provider=cpu),)
    found = operators.cautions(Profile(alone), (), None)
    assert "falls-back-to-cpu" not in {one.code for one in found}


def test_a_batch_that_does_not_fit_the_device_is_a_finding() -> None:
    from effprof.base.records import Ending

    gone = failed(Ending.ERROR, "out of memory on the GPU: Failed to allocate", batch=64)
    evidence = Evidence([trial(block([100.0] * 10)), gone])
    (caution,) = sweep.out_of_memory(evidence)
    assert caution.code == "batch-out-of-memory"
    assert "batch 64" in caution.text
