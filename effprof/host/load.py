"""How busy the machine is with other work, and how much of it a hypervisor takes away."""

import os
from pathlib import Path

from effprof.host.files import text


def load_per_core(root: Path = Path("/")) -> float | None:
    """Mean number of runnable processes over the last minute, per CPU of the machine.

    0 is idle, 1 is as much work as there are CPUs; None where the system does not count.
    """
    words = text(root / "proc/loadavg").split()
    try:
        minute = float(words[0]) if words else os.getloadavg()[0]
    except (OSError, ValueError):
        return None
    return round(minute / (os.cpu_count() or 1), 3)


def cpu_ticks(root: Path = Path("/")) -> tuple[int, int] | None:
    """(all, stolen) clock ticks of all CPUs since boot; None where there is no /proc/stat.

    Stolen: the machine wanted to run and the hypervisor ran something else.
    """
    words = text(root / "proc/stat").partition("\n")[0].split()
    if len(words) < 9 or words[0] != "cpu":
        return None
    # The first eight; guest time, after them, is already in user time.
    ticks = [int(word) for word in words[1:9]]
    return sum(ticks), ticks[7]


def steal_share(before: tuple[int, int], after: tuple[int, int]) -> float | None:
    """Share of CPU time stolen between two readings; None when no tick passed."""
    passed = after[0] - before[0]
    return (after[1] - before[1]) / passed if passed > 0 else None
