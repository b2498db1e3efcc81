"""The machine effprof runs on: what the report says about it, and what tells its kind from others.

Functions take the `root` of the file tree they read, so that a test can lay out another machine.
"""

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path

from effprof.host.cpu import cpu_name, usable_cores
from effprof.host.load import load_per_core
from effprof.host.memory import available_bytes as memory_available_bytes
from effprof.host.memory import physical_bytes

__all__ = ["Host", "describe", "fingerprint", "memory_available_bytes", "usable_cores"]


@dataclass(frozen=True, slots=True)
class Host:
    """`cores`: those this process may use; `load`: see `load_per_core`, None where unknown."""

    cpu: str
    cores: int
    memory_bytes: int
    os: str
    python: str
    fingerprint: str
    load: float | None


def describe(root: Path = Path("/")) -> Host:
    cpu, cores, memory_bytes = cpu_name(root), usable_cores(root), physical_bytes(root)
    return Host(
        cpu=cpu,
        cores=cores,
        memory_bytes=memory_bytes,
        os=_os_name(),
        python=platform.python_version(),
        fingerprint=fingerprint(cpu, cores, memory_bytes),
        load=load_per_core(root),
    )


def fingerprint(cpu: str, cores: int, memory_bytes: int) -> str:
    """16 hex digits: one for a kind of machine, the same after a reboot or a kernel update.

    Host name and kernel version are left out, so that the runners of one pool share it.
    """
    traits = (cpu, str(cores), str(_nominal(memory_bytes)), platform.machine(), platform.system())
    return hashlib.sha256("\n".join(traits).encode()).hexdigest()[:16]


def _nominal(memory_bytes: int) -> int:
    """Memory as sold: up to the next quarter of a power of two.

    The kernel keeps 1-6 % for itself, and another version of it keeps another share.
    """
    step = max(1, 1 << max(0, memory_bytes.bit_length() - 3))
    return -(-memory_bytes // step) * step


def _os_name() -> str:
    """`Linux 6.18`, `macOS 14.5`: no patch level."""
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"
