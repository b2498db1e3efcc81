"""What else happened on the machine while the clock ran: switches, steal, neighbours, frequency."""

import os
import resource
from pathlib import Path
from time import perf_counter

CPU_STAT = Path("/proc/stat")
FREQUENCIES = Path("/sys/devices/system/cpu")


class Surroundings:
    """Counters at the start of a window, and what became of them at its end."""

    def __init__(self) -> None:
        self._wall_s = perf_counter()
        self._usage = resource.getrusage(resource.RUSAGE_SELF)
        self._machine = _machine_s()

    def since(self) -> dict[str, float]:
        """Seconds, counts and Hz; a key is absent where this system does not tell."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        wall_s = perf_counter() - self._wall_s
        own_s = (usage.ru_utime + usage.ru_stime) - (self._usage.ru_utime + self._usage.ru_stime)
        seen = {
            "wall_s": wall_s,
            "cpu_s": own_s,
            "switches_voluntary": float(usage.ru_nvcsw - self._usage.ru_nvcsw),
            "switches_involuntary": float(usage.ru_nivcsw - self._usage.ru_nivcsw),
        }
        return seen | _others(self._machine, _machine_s(), own_s, wall_s) | _frequency()


def _machine_s() -> tuple[float, float] | None:
    """Seconds that all CPUs together were busy, and were stolen by the hypervisor, since boot."""
    try:
        ticks = [int(word) for word in CPU_STAT.read_text().split("\n", 1)[0].split()[1:]]
    except (OSError, ValueError):
        return None
    second = os.sysconf("SC_CLK_TCK")
    user, nice, system, _idle, _iowait, irq, softirq, steal, *_guest = ticks
    return (user + nice + system + irq + softirq) / second, steal / second


def _others(
    before: tuple[float, float] | None,
    after: tuple[float, float] | None,
    own_s: float,
    wall_s: float,
) -> dict[str, float]:
    """CPU seconds of other processes and stolen ones; both counters tick every 10 ms."""
    if before is None or after is None or wall_s <= 0:
        return {}
    return {
        "others_cpu_s": max(0.0, after[0] - before[0] - own_s),
        "steal_s": max(0.0, after[1] - before[1]),
        "cores": float(os.cpu_count() or 1),
    }


def _frequency() -> dict[str, float]:
    seen_hz = list[float]()
    for path in FREQUENCIES.glob("cpu[0-9]*/cpufreq/scaling_cur_freq"):
        try:
            seen_hz.append(float(path.read_text()) * 1e3)
        except (OSError, ValueError):
            continue
    return {"frequency_min_hz": min(seen_hz), "frequency_max_hz": max(seen_hz)} if seen_hz else {}
