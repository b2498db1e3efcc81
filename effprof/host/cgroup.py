"""What the control groups of this process allow it: CPU time and memory, version 1 and 2.

A limit anywhere between the root and our group binds. In a container the path in /proc/self/cgroup
may be the host's while only our own part is mounted: folders that do not exist are skipped.
"""

from collections.abc import Iterator
from pathlib import Path

from effprof.host.files import number, text

# Version 1 says "no limit" with a number near 2**63, rounded down to a page.
_NO_LIMIT = 1 << 60


def cpu_quota(root: Path = Path("/")) -> float | None:
    """CPUs' worth of time allowed, the tightest on the way up; None without a limit."""
    quotas = [*map(_quota_v2, _folders(root, "")), *map(_quota_v1, _folders(root, "cpu"))]
    return min((quota for quota in quotas if quota is not None), default=None)


def _quota_v2(folder: Path) -> float | None:
    words = text(folder / "cpu.max").split()
    if len(words) != 2 or not (words[0].isdecimal() and words[1].isdecimal()) or words[1] == "0":
        return None
    return int(words[0]) / int(words[1])


def _quota_v1(folder: Path) -> float | None:
    # -1 stands for no quota; `number` reads it as None.
    quota = number(folder / "cpu.cfs_quota_us")
    period = number(folder / "cpu.cfs_period_us")
    return quota / period if quota and period else None


def memory_limit_bytes(root: Path = Path("/")) -> int | None:
    """The tightest memory limit on the way up; None without one."""
    return min((limit for limit, _ in _memory(root)), default=None)


def memory_headroom_bytes(root: Path = Path("/")) -> int | None:
    """What the tightest group still lets us take, its page cache counted as free."""
    return min((max(0, limit - used) for limit, used in _memory(root)), default=None)


def _memory(root: Path) -> Iterator[tuple[int, int]]:
    """(limit, used without page cache) of every group that has a limit."""
    for folder in _folders(root, ""):
        limit, used = number(folder / "memory.max"), number(folder / "memory.current")
        if limit is not None:
            yield limit, max(0, (used or 0) - _cache(folder, ""))
    for folder in _folders(root, "memory"):
        limit = number(folder / "memory.limit_in_bytes")
        used = number(folder / "memory.usage_in_bytes")
        if limit is not None and limit < _NO_LIMIT:
            yield limit, max(0, (used or 0) - _cache(folder, "total_"))


def _cache(folder: Path, prefix: str) -> int:
    """Bytes the kernel can drop when asked: pages of files, tmpfs not among them."""
    stat = dict(
        line.split() for line in text(folder / "memory.stat").splitlines() if line.count(" ") == 1
    )
    return sum(int(stat.get(f"{prefix}{kind}_file", 0)) for kind in ("active", "inactive"))


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """Our group's folder and those above it; controller "" is version 2."""
    path = _path(root, controller)
    mounts = [f"sys/fs/cgroup/{controller}"] if controller else ["sys/fs/cgroup"]
    if controller == "cpu":
        mounts.append("sys/fs/cgroup/cpu,cpuacct")
    for mount in mounts:
        for depth in range(len(path), -1, -1):
            folder = root.joinpath(mount, *path[:depth])
            if folder.is_dir():
                yield folder


def _path(root: Path, controller: str) -> tuple[str, ...]:
    """Names from the hierarchy's root to our group; `..` (a group outside our view) is left out."""
    for line in text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controller in controllers.split(","):
            return tuple(name for name in path.split("/") if name not in ("", "..", "."))
    return ()
