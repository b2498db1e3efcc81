"""What is to be converted, and the conversion that cannot be done in words a user can act on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effprof.base.errors import ModelError


@dataclass(frozen=True, slots=True)
class Source:
    """A model at settled shapes, its inputs in the order of the file.

    `frozen`: inputs that become constants, since their value chooses what runs: value, dtype,
    shape. `samples` writes an .npz of a few items, `SAMPLE_PLACE` each, for judging and
    calibration; `sampled` says what they are made of, for the cache.
    """

    path: Path
    name: str
    sha256: str
    format: str
    precision: str | None
    shapes: Mapping[str, tuple[int, ...]]
    frozen: Mapping[str, Mapping[str, Any]]
    samples: Callable[[Path], None]
    sampled: str


_CONTROL_FLOW = frozenset({"If", "Loop", "Scan"})


def impossible(
    source: Source,
    what: str,
    why: str,
    nodes: list[Mapping[str, str]] | None = None,
    *,
    runs: bool = True,
) -> ModelError:
    """`nodes`: those that stand in the way, with name, type and why.

    `runs`: whether ONNX Runtime takes the model as it is.
    """
    found = nodes or []
    where = "".join(f"; node {one['name'] or '?'} ({one['type']})" for one in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    flow = sorted({one["type"] for one in found} & _CONTROL_FLOW)
    advice = f"export it without {' and '.join(flow)}, " if flow else ""
    elsewhere = ", or measure it with -t edge" if runs else ""
    return ModelError(
        f"{source.name}: cannot be made {what}: {' '.join(why.split())[:300]}{where}{more}",
        hint=f"{advice}fix every shape with --dim or --shape, give a .tflite made elsewhere"
        f"{elsewhere}",
    )


def not_an_operator(source: Source, why: str, nodes: list[Mapping[str, str]]) -> ModelError:
    """Of nodes whose operator no runtime here has."""
    kinds = " and ".join(sorted({one["type"] for one in nodes}))
    error = impossible(source, "ready for conversion", why, nodes, runs=False)
    return ModelError(error.message, hint=f"export it with standard operators in place of {kinds}")
