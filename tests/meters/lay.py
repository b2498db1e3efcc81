"""Trees of /sys laid out for a test, and a user who may not read them."""

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

NOBODY = 65534
RANGE_UJ = 40_000_000
"""Of a counter that moves: it wraps every two seconds at 20 W, and no busy machine hides that."""


def lay(root: Path, files: Mapping[str, object]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")
    return root


def rapl(zones: Mapping[str, tuple[str, int]], range_uj: int = 1_000_000) -> dict[str, object]:
    """Files of powercap zones: {"intel-rapl:0:1": (name, microjoules)}; they wrap at `range_uj`."""
    files = dict[str, object]()
    for zone, (name, energy_uj) in zones.items():
        files[f"class/powercap/{zone}/name"] = name
        files[f"class/powercap/{zone}/energy_uj"] = energy_uj
        files[f"class/powercap/{zone}/max_energy_range_uj"] = range_uj
    return files


@contextmanager
def drawing(root: Path, zone: str, watts: float) -> Iterator[None]:
    """A zone's counter gains `watts` by the clock, wraps, and is never half written."""
    over, began = threading.Event(), monotonic()
    path = root / "class/powercap" / zone / "energy_uj"

    def move() -> None:
        while not over.wait(0.005):
            partial = path.with_name("next")
            partial.write_text(f"{int((monotonic() - began) * watts * 1e6) % RANGE_UJ}\n")
            partial.replace(path)

    thread = threading.Thread(target=move)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def as_nobody() -> Iterator[Path]:
    """A folder that anyone may enter, and inside the block root is nobody to the file system."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        if os.geteuid():
            yield Path(name)
            return
        os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            os.seteuid(0)


@contextmanager
def as_root() -> Iterator[None]:
    """Back for a moment, to lay out what nobody may read."""
    saved = os.geteuid()
    if os.getuid() == 0:
        os.seteuid(0)
    try:
        yield
    finally:
        os.seteuid(saved)
