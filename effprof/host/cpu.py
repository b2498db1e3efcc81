"""The processor: its name, the cores this process may use, and how its clock is governed."""

import math
import os
import platform
import subprocess
from pathlib import Path

from effprof.host import cgroup
from effprof.host.files import fields, text

# MIDR_EL1 part numbers of Arm's own cores (implementer 0x41), from their reference manuals.
_ARM_CORES = {
    "0xb76": "ARM1176",
    "0xc07": "Cortex-A7",
    "0xc08": "Cortex-A8",
    "0xc09": "Cortex-A9",
    "0xc0f": "Cortex-A15",
    "0xd03": "Cortex-A53",
    "0xd04": "Cortex-A35",
    "0xd05": "Cortex-A55",
    "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72",
    "0xd09": "Cortex-A73",
    "0xd0a": "Cortex-A75",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse-N1",
    "0xd0d": "Cortex-A77",
    "0xd0e": "Cortex-A76AE",
    "0xd40": "Neoverse-V1",
    "0xd41": "Cortex-A78",
    "0xd42": "Cortex-A78AE",
    "0xd44": "Cortex-X1",
    "0xd46": "Cortex-A510",
    "0xd47": "Cortex-A710",
    "0xd48": "Cortex-X2",
    "0xd49": "Neoverse-N2",
    "0xd4b": "Cortex-A78C",
    "0xd4d": "Cortex-A715",
    "0xd4e": "Cortex-X3",
    "0xd4f": "Neoverse-V2",
}


def cpu_name(root: Path = Path("/")) -> str:
    """The model as sold where the machine says it, else what is known of its cores."""
    if platform.system() == "Darwin":
        return _sysctl("machdep.cpu.brand_string") or platform.processor() or platform.machine()
    cpuinfo = text(root / "proc/cpuinfo")
    for key in ("model name", "cpu model", "uarch", "cpu"):
        if names := fields(cpuinfo, key):
            return " ".join(names[0].split())
    cores = " + ".join(_arm_cores(cpuinfo))
    board = text(root / "proc/device-tree/model").strip("\0\n ")
    board = board or next(iter(fields(cpuinfo, "Hardware")), "")
    if cores and board:
        return f"{cores} ({board})"
    return cores or board or platform.processor() or platform.machine() or "unknown"


def _arm_cores(cpuinfo: str) -> list[str]:
    """Kinds of core, each once, in order of appearance: big.LITTLE has two or three."""
    makers, parts = fields(cpuinfo, "CPU implementer"), fields(cpuinfo, "CPU part")
    named = []
    for maker, part in zip(makers, parts, strict=False):
        known = _ARM_CORES.get(part) if maker == "0x41" else None
        named.append(known or f"ARM implementer {maker} part {part}")
    return list(dict.fromkeys(named))


# Family and model numbers of server parts, from arch/x86/include/asm/intel-family.h of Linux and
# AMD's revision guides: Skylake and Cascade Lake share one model and differ in stepping.
_X86_PARTS = {
    ("GenuineIntel", 6, 63): "haswell",
    ("GenuineIntel", 6, 79): "broadwell",
    ("GenuineIntel", 6, 86): "broadwell",
    ("GenuineIntel", 6, 85): "skylake",
    ("AuthenticAMD", 23, 1): "epyc-1",
    ("AuthenticAMD", 23, 49): "epyc-2",
}
_CASCADE_LAKE_STEPPINGS = range(5, 8)


def microarchitecture(root: Path = Path("/")) -> str | None:
    """What power is known by: `skylake`, `neoverse`, `raspberry-pi-4`; None for any other."""
    cpuinfo = text(root / "proc/cpuinfo")
    vendor = next(iter(fields(cpuinfo, "vendor_id")), "")
    numbers = [next(iter(fields(cpuinfo, key)), "") for key in ("cpu family", "model", "stepping")]
    if vendor and all(word.isdecimal() for word in numbers):
        family, model, stepping = map(int, numbers)
        found = _X86_PARTS.get((vendor, family, model))
        late = found == "skylake" and stepping in _CASCADE_LAKE_STEPPINGS
        return "cascade-lake" if late else found
    if "Raspberry Pi 4" in text(root / "proc/device-tree/model"):
        return "raspberry-pi-4"
    arm = _arm_cores(cpuinfo)
    return "neoverse" if arm and arm[0].startswith("Neoverse") else None


def _sysctl(key: str) -> str:
    command = ["/usr/sbin/sysctl", "-n", key]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def usable_cores(root: Path = Path("/")) -> int:
    """Physical cores under the affinity mask, no more than the CPU quota allows; at least 1.

    Physical, because ONNX Runtime starts one thread per physical core: two hyperthreads share the
    vector units that inference keeps busy.
    """
    cpus = _affinity()
    cores = len({_siblings(root, cpu) for cpu in cpus})
    quota = cgroup.cpu_quota(root)
    return max(1, cores if quota is None else min(cores, math.ceil(quota)))


def _affinity() -> frozenset[int]:
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    physical = _sysctl("hw.physicalcpu") if platform.system() == "Darwin" else ""
    return frozenset(range(int(physical) if physical.isdigit() else os.cpu_count() or 1))


def _siblings(root: Path, cpu: int) -> str:
    """The hardware threads of this CPU's core, or the CPU itself where nothing tells."""
    folder = root / f"sys/devices/system/cpu/cpu{cpu}/topology"
    return text(folder / "thread_siblings_list").strip() or str(cpu)


def governor(root: Path = Path("/")) -> str | None:
    """The frequency governor of the first core; None where the kernel shows none."""
    return text(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip() or None


def turbo(root: Path = Path("/")) -> bool | None:
    """Whether cores may run above their base clock; None where the kernel does not say."""
    cpus = root / "sys/devices/system/cpu"
    if off := text(cpus / "intel_pstate/no_turbo").strip():
        return off == "0"
    if on := text(cpus / "cpufreq/boost").strip():
        return on == "1"
    return None


def perf_paranoia(root: Path = Path("/")) -> int | None:
    """The kernel's `perf_event_paranoid`: up to 2, a user may count events of its own processes."""
    word = text(root / "proc/sys/kernel/perf_event_paranoid").strip()
    return int(word) if word.lstrip("-").isdecimal() else None
