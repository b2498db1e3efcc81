"""The way to a GPU, on driver libraries of the test's own; the GPU itself is marked `gpu`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from effprof.backends.cuda import OnnxRuntimeCuda
from effprof.base.nvidia import no_gpu
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


def test_operators_that_the_accelerator_left_to_the_cpu_are_named() -> None:
    cpu, cuda = "CPUExecutionProvider", "CUDAExecutionProvider"
    there = OperatorTime("a", "Conv", 1.0, provider=cuda)
    fallen = OperatorTime("b", "NonZero", 1.0, provider=cpu)

    def told(*times: OperatorTime, accelerator: bool = True) -> str:
        found = operators.cautions(Profile(times), (), None, accelerator=accelerator)
        return next((one.text for one in found if one.code == "falls-back-to-cpu"), "")

    assert told(there, fallen).startswith("1 operators run on the CPU")
    assert "b (NonZero)" in told(there, fallen)
    assert told(fallen).startswith("every operator runs on the CPU")  # never a quiet CPU run
    assert told(there) == ""
    assert told(fallen, accelerator=False) == ""


def test_a_batch_that_does_not_fit_the_device_is_a_finding() -> None:
    from effprof.base.records import Ending

    gone = failed(Ending.ERROR, "out of memory on the GPU: Failed to allocate", batch=64)
    evidence = Evidence([trial(block([100.0] * 10)), gone])
    (caution,) = sweep.out_of_memory(evidence)
    assert caution.code == "batch-out-of-memory"
    assert "batch 64" in caution.text
