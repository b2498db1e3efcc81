"""What this machine calls itself: its board, its product name, its processor."""

from pathlib import Path

from effprof.host.cpu import cpu_name
from effprof.host.files import text


def called(root: Path = Path("/")) -> str:
    """Its names, a line each: `Raspberry Pi 5`, `c7g.xlarge`, `Intel(R) N100`."""
    board = text(root / "proc/device-tree/model").strip("\0\n ")
    product = text(root / "sys/class/dmi/id/product_name").strip()
    return "\n".join(filter(None, (board, product, cpu_name(root))))
