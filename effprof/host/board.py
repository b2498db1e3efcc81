"""What this machine calls itself: its board, its product name, its processor, its GPU."""

import os
from pathlib import Path

from effprof.host.cpu import cpu_name
from effprof.host.files import fields, text


def called(root: Path = Path("/")) -> tuple[str, ...]:
    """`Raspberry Pi 5 Model B Rev 1.0`, `c7g.xlarge`, `Intel(R) N100`, `NVIDIA L4`."""
    board = text(root / "proc/device-tree/model").strip("\0\n ")
    product = text(root / "sys/class/dmi/id/product_name").strip()
    return tuple(filter(None, (board, product, cpu_name(root), gpu_name(root))))


def gpu_name(root: Path = Path("/"), visible: str | None = None) -> str:
    """Of the NVIDIA GPU that CUDA calls 0 when it counts by bus; empty where the driver has none.

    `visible`: CUDA_VISIBLE_DEVICES, of which the first counts. Its slices (MIG) are no whole GPU.
    """
    if visible is None:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0")
    first = visible.split(",")[0].strip()
    files = sorted((root / "proc/driver/nvidia/gpus").glob("*/information"))
    known = [(fields(told, "Model"), fields(told, "GPU UUID")) for told in map(text, files)]
    for number, (models, uuids) in enumerate(known):
        named = first.startswith("GPU-") and any(uuid.startswith(first) for uuid in uuids)
        if models and (named or first == str(number)):
            return models[0]
    return ""
