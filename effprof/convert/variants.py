"""ONNX files made from the user's by a technique: quantised dynamically, pruned in two ways."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from effprof.convert import cache
from effprof.convert.child import Limits, ask


@dataclass(frozen=True, slots=True)
class Recipe:
    """`step` names the file in `children/` that does it, `way` and `share` what it is asked."""

    name: str
    way: str
    share: float = 0.0
    step: str = "variant_onnx"


RECIPES: tuple[Recipe, ...] = (
    Recipe("int8-dynamic", "dynamic"),
    Recipe("pruned-50", "pruned", 0.5),
    Recipe("pruned-80", "pruned", 0.8),
    Recipe("channels-25", "channels", 0.25, "channels_onnx"),
)


def make(recipe: Recipe, path: Path, sha256: str, folder: Path, limits: Limits) -> Path:
    """The file, under a name of its own in `folder`; raises `Broken` where it cannot be made."""
    parts = {
        "step": "variant",
        "model": sha256,
        "way": recipe.way,
        "share": recipe.share,
        "by": [version("onnx"), version("onnxruntime")],
    }

    def made(scratch: Path) -> tuple[Path, dict[str, Any]]:
        out = scratch / "variant.onnx"
        request: Mapping[str, Any] = {
            "path": str(path.resolve()),
            "out": str(out),
            "way": recipe.way,
            "share": recipe.share,
        }
        return out, ask(recipe.step, request, limits)

    kept, _, _ = cache.kept(parts, ".onnx", made)
    place = folder / f"{path.stem}.{recipe.name}.onnx"
    place.write_bytes(kept.read_bytes())
    return place
