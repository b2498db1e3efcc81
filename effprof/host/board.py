"""What this machine calls itself: its board, its product name, its processor, its GPU."""

import os
from collections.abc import Callable
from pathlib import Path

from effprof.base import nvidia
from effprof.host.cpu import cpu_name
from effprof.host.files import fields, text


def called(root: Path = Path("/")) -> tuple[str, ...]:
    """`Raspberry Pi 5 Model B Rev 1.0`, `c7g.xlarge`, `Intel(R) N100`, `NVIDIA L4`."""
    board = text(root / "proc/device-tree/model").strip("\0\n ")
    product = text(root / "sys/class/dmi/id/product_name").strip()
    return tuple(filter(None, (board, product, cpu_name(root), gpu_name(root))))


def gpu_name(
    root: Path = Path("/"), visible: str | None = None, first: Callable[[], str] = nvidia.first_name
) -> str:
    """Of the NVIDIA GPU that CUDA calls 0; empty where the driver has none.

    `visible`: CUDA_VISIBLE_DEVICES, of which the first counts. Its slices (MIG) are no whole GPU.
    `first` is asked where GPUs of several models are here: CUDA counts them in an order of its own.
    """
    if visible is None:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0")
    chosen = visible.split(",")[0].strip()
    files = sorted((root / "proc/driver/nvidia/gpus").glob("*/information"))
    known = [(fields(told, "Model"), fields(told, "GPU UUID")) for told in map(text, files)]
    models = {name for named, _ in known for name in named}
    if len(models) > 1 and chosen.isdecimal():
        try:
            return first()
        except OSError:
            return ""
    for number, (named, uuids) in enumerate(known):
        meant = chosen.startswith("GPU-") and any(uuid.startswith(chosen) for uuid in uuids)
        if named and (meant or chosen == str(number)):
            return named[0]
    return ""
