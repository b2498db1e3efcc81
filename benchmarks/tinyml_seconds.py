"""Seconds of `effprof measure MODEL.onnx -t nucleo-l4r5zi`, from the command to its end.

`cold_s`: nothing is kept but the converters' environments, so it converts, quantises, generates,
compiles firmware and the emulator's hook, emulates and compares answers. `emulated_s`: the same
command again, conversion and firmware kept, what the emulator answered not. `cached_s`: once more,
that kept too.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import child
from benchmarks.tiny_models import MADE
from effprof import environment
from effprof.base.folders import data_folder

TARGET = "nucleo-l4r5zi"


@dataclass(frozen=True, slots=True)
class Seconds:
    task: str
    cold_s: float
    emulated_s: float
    cached_s: float


def lacking() -> str:
    """The converter that is not set up, if one is not."""
    absent = (one.key for one in environment.SETS["mobile"] if environment.locate(one) is None)
    return next(absent, "")


def timed() -> Iterator[Seconds]:
    """Each model in a data folder of its own."""
    made = data_folder().absolute() / "environments"
    for task, make in MADE.items():
        with tempfile.TemporaryDirectory(prefix="effprof-bench-") as folder:
            (Path(folder) / "environments").symlink_to(made)
            model = make(Path(folder) / f"{task}.onnx")
            cold_s = _measured_s(model, folder)
            shutil.rmtree(Path(folder) / "emulated")
            yield Seconds(task, cold_s, _measured_s(model, folder), _measured_s(model, folder))


def _measured_s(model: Path, folder: str) -> float:
    words = [sys.executable, "-m", "effprof", "measure", str(model), "-t", TARGET]
    began = time.perf_counter()
    subprocess.run(
        [*words, "--no-history", "--quiet"],
        check=True,
        stdout=subprocess.DEVNULL,
        env=child.environment() | {"EFFPROF_DATA": folder},
    )
    return time.perf_counter() - began
