"""Memory of the machine, and what of it this process can still have."""

import os
from pathlib import Path

from effprof.host import cgroup
from effprof.host.files import fields, text


def physical_bytes(root: Path = Path("/")) -> int:
    """All the memory the operating system has, limits of control groups aside."""
    total = _meminfo(root, "MemTotal")
    return total if total is not None else os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def available_bytes(root: Path = Path("/")) -> int:
    """What this process can take now without swapping or being killed."""
    available = _meminfo(root, "MemAvailable")
    if available is None:
        import psutil

        available = int(psutil.virtual_memory().available)
    headroom = cgroup.memory_headroom_bytes(root)
    return available if headroom is None else min(available, headroom)


def _meminfo(root: Path, key: str) -> int | None:
    """The kernel writes `kB` and means KiB."""
    values = fields(text(root / "proc/meminfo"), key)
    word = values[0].split()[0] if values else ""
    return int(word) * 1024 if word.isdecimal() else None
