"""The models the claims are shown on, and how they are loaded: as `effprof measure` would."""

import importlib.util
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.child import ROOT

DIGITS = ROOT / "examples" / "digits"


def student() -> Path:
    """About 10 us a run."""
    return DIGITS / "student.onnx"


def teacher() -> Path:
    """About 60 us a run."""
    return DIGITS / "teacher.onnx"


def magika() -> Path | None:
    """About 5 to 9 ms a run; out of the wheel of the package of that name, if it is installed."""
    found = importlib.util.find_spec("magika")
    if found is None or found.origin is None:
        return None
    return next(Path(found.origin).parent.rglob("model.onnx"), None)


def silero() -> list[tuple[Path, dict[str, tuple[int, ...]]]]:
    """Voice activity: an LSTM behind convolutions, control flow by the sampling rate.

    With the shapes of its inputs: a frame of 512 samples after 64 of the one before, as the
    package feeds it, and the state.
    """
    found = importlib.util.find_spec("silero_vad")
    if found is None or found.origin is None:
        return []
    folder = Path(found.origin).parent / "data"
    named = ("silero_vad.onnx", "silero_vad_16k_op15.onnx")
    shapes: dict[str, tuple[int, ...]] = {"input": (1, 576), "state": (2, 1, 128)}
    return [(folder / name, shapes) for name in named if (folder / name).exists()]


def available() -> list[Path]:
    return [path for path in (student(), teacher(), magika()) if path is not None]


def label(path: Path) -> str:
    return "magika" if path == magika() else path.stem


@dataclass(frozen=True, slots=True)
class Loaded:
    """A session of effprof's backend with bound inputs and outputs.

    `call` is what effprof times; `session.run_with_iobinding(binding)` is what it calls.
    """

    call: Callable[[], object]
    session: Any
    binding: Any
    arrays: dict[str, Any]
    outputs: dict[str, Any]
    options: dict[str, Any]


def load(path: Path, threads: int | None = None) -> Loaded:
    """`threads`: None takes those of the target `edge`, every core."""
    from effprof.backends.onnxruntime import OnnxRuntime
    from effprof.measure.asked import Asked
    from effprof.measure.prepare import prepare
    from effprof.target import load as load_target
    from effprof.worker import feed

    with tempfile.TemporaryDirectory() as scratch:
        asked = Asked(model=path, target=load_target("edge"), threads=threads)
        plan = prepare(asked, Path(scratch)).plan
    backend = OnnxRuntime()
    backend.start()
    session = backend.load(str(path), plan.options)
    arrays = feed.arrays(plan.loads[plan.batches[0]].feeds, plan.seed)
    outputs = session.run(arrays)
    call = session.bind(arrays)
    assert isinstance(call, partial)
    method: Any = call.func
    return Loaded(call, method.__self__, call.args[0], arrays, outputs, dict(plan.options))
