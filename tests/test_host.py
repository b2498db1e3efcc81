"""The machine, read from file trees laid out here."""

import os
import platform
import shutil
from pathlib import Path

import pytest

from effprof import host
from effprof.host import board, cgroup, cpu, load, memory
from effprof.host.clock import step_ns
from effprof.host.place import container, place, virtual_machine

GIB = 1 << 30


def lay(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")


@pytest.mark.usefixtures("linux")
class TestCpuName:
    @pytest.mark.parametrize(
        ("files", "name"),
        [
            (
                {"proc/cpuinfo": "processor\t: 0\nmodel name\t: AMD  EPYC 9654\nflags\t: fpu\n"},
                "AMD EPYC 9654",
            ),
            (
                {
                    "proc/cpuinfo": "CPU implementer : 0x41\nCPU part\t: 0xd08\n" * 4,
                    "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
                },
                "Cortex-A72 (Raspberry Pi 4 Model B Rev 1.4)",
            ),
            (
                {
                    "proc/cpuinfo": "CPU implementer\t: 0x41\nCPU part\t: 0xd05\n"
                    "CPU implementer\t: 0x41\nCPU part\t: 0xd0b\n"
                },
                "Cortex-A55 + Cortex-A76",
            ),
            (
                {"proc/cpuinfo": "CPU implementer\t: 0x51\nCPU part\t: 0x001\n"},
                "ARM implementer 0x51 part 0x001",
            ),
            (
                {"proc/cpuinfo": "CPU implementer\t: 0x41\nCPU part\t: oops\n"},
                "ARM implementer 0x41 part oops",
            ),
            ({"proc/cpuinfo": "Hardware\t: BCM2835\n"}, "BCM2835"),
            ({"proc/cpuinfo": "hart\t: 0\nuarch\t: sifive,u74-mc\n"}, "sifive,u74-mc"),
        ],
    )
    def test_linux(self, files: dict[str, str], name: str, tmp_path: Path) -> None:
        assert cpu.cpu_name(lay(tmp_path, files)) == name

    def test_nothing_to_read(self, tmp_path: Path) -> None:
        assert cpu.cpu_name(tmp_path)


class TestCores:
    @pytest.fixture(autouse=True)
    def eight(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cpu, "_affinity", lambda: frozenset(range(8)))

    def test_threads_of_one_core_count_once(self, tmp_path: Path) -> None:
        siblings = {
            f"sys/devices/system/cpu/cpu{n}/topology/thread_siblings_list": f"{n % 4},{n % 4 + 4}\n"
            for n in range(8)
        }
        assert host.usable_cores(lay(tmp_path, siblings)) == 4

    def test_no_topology(self, tmp_path: Path) -> None:
        assert host.usable_cores(tmp_path) == 8

    @pytest.mark.parametrize(("quota", "cores"), [(150, 2), (20, 1), (1600, 8)])
    def test_quota(self, quota: int, cores: int, tmp_path: Path) -> None:
        lay(tmp_path, {"sys/fs/cgroup/cpu.max": f"{quota}000 100000\n"})
        assert host.usable_cores(tmp_path) == cores

    def test_affinity_of_this_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        assert 1 <= host.usable_cores() <= (os.cpu_count() or 1)


class TestCgroup:
    def test_none(self, tmp_path: Path) -> None:
        assert cgroup.cpu_quota(tmp_path) is None
        assert cgroup.memory_limit_bytes(tmp_path) is None
        assert cgroup.memory_headroom_bytes(tmp_path) is None

    def test_version_2_tightest_on_the_way_up(self, tmp_path: Path) -> None:
        root = lay(
            tmp_path,
            {
                "proc/self/cgroup": "0::/user.slice/job\n",
                "sys/fs/cgroup/user.slice/cpu.max": "200000 100000\n",
                "sys/fs/cgroup/user.slice/job/cpu.max": "max 100000\n",
                "sys/fs/cgroup/user.slice/memory.max": f"{2 * GIB}\n",
                "sys/fs/cgroup/user.slice/memory.current": f"{GIB}\n",
                "sys/fs/cgroup/user.slice/memory.stat": (
                    f"anon 5\ninactive_file {GIB // 4}\nactive_file {GIB // 4}\nshmem 77\n"
                ),
                "sys/fs/cgroup/user.slice/job/memory.max": "max\n",
            },
        )
        assert cgroup.cpu_quota(root) == 2
        assert cgroup.memory_limit_bytes(root) == 2 * GIB
        assert cgroup.memory_headroom_bytes(root) == 2 * GIB - GIB // 2

    @pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
    def test_version_1(self, mount: str, tmp_path: Path) -> None:
        root = lay(
            tmp_path,
            {
                "proc/self/cgroup": "4:memory:/box\n3:cpu,cpuacct:/box\n0::/\n",
                f"sys/fs/cgroup/{mount}/cpu.cfs_quota_us": "-1\n",
                f"sys/fs/cgroup/{mount}/box/cpu.cfs_quota_us": "50000\n",
                f"sys/fs/cgroup/{mount}/box/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "sys/fs/cgroup/memory/box/memory.limit_in_bytes": f"{GIB}\n",
                "sys/fs/cgroup/memory/box/memory.usage_in_bytes": f"{2 * GIB}\n",
            },
        )
        assert cgroup.cpu_quota(root) == 0.5
        assert cgroup.memory_limit_bytes(root) == GIB
        assert cgroup.memory_headroom_bytes(root) == 0

    def test_container_that_sees_the_hosts_path(self, tmp_path: Path) -> None:
        root = lay(
            tmp_path,
            {
                "proc/self/cgroup": "0::/../docker/abc\n",
                "sys/fs/cgroup/cpu.max": "300000 100000\n",
            },
        )
        assert cgroup.cpu_quota(root) == 3

    @pytest.mark.parametrize("content", ["", "max", "max 100000", "x y", "1000 0", "1 2 3", "-5 1"])
    def test_no_quota_in_odd_content(self, content: str, tmp_path: Path) -> None:
        assert cgroup.cpu_quota(lay(tmp_path, {"sys/fs/cgroup/cpu.max": content})) is None


class TestMemory:
    MEMINFO = "MemTotal:       16265992 kB\nMemAvailable:    8000000 kB\n"

    def test_meminfo(self, tmp_path: Path) -> None:
        root = lay(tmp_path, {"proc/meminfo": self.MEMINFO})
        assert memory.physical_bytes(root) == 16265992 * 1024
        assert host.memory_available_bytes(root) == 8000000 * 1024

    def test_group_limit_binds(self, tmp_path: Path) -> None:
        files = {"proc/meminfo": self.MEMINFO, "sys/fs/cgroup/memory.max": f"{GIB}\n"}
        root = lay(tmp_path, files)
        assert memory.physical_bytes(root) == 16265992 * 1024
        assert host.memory_available_bytes(root) == GIB

    def test_without_proc(self, tmp_path: Path) -> None:
        assert memory.physical_bytes(tmp_path) > GIB // 4
        assert 0 < host.memory_available_bytes(tmp_path) <= memory.physical_bytes(tmp_path)


class TestLoad:
    def test_per_cpu(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "cpu_count", lambda: 4)
        lay(tmp_path, {"proc/loadavg": "1.00 0.53 0.26 2/88 6161\n"})
        assert load.load_per_core(tmp_path) == 0.25

    def test_steal(self, tmp_path: Path) -> None:
        before = load.cpu_ticks(lay(tmp_path, {"proc/stat": "cpu  10 0 10 70 0 0 0 10 9 9\n"}))
        after = load.cpu_ticks(lay(tmp_path, {"proc/stat": "cpu  50 0 20 110 0 0 0 20 9 9\n"}))
        assert before == (100, 10)
        assert before
        assert after
        assert load.steal_share(before, after) == 0.1
        assert load.steal_share(before, before) is None

    def test_no_proc(self, tmp_path: Path) -> None:
        assert load.cpu_ticks(tmp_path) is None


class TestPlace:
    def test_metal(self, tmp_path: Path) -> None:
        lay(tmp_path, {"proc/cpuinfo": "flags\t: fpu vme\n"})
        assert place(tmp_path) == "physical machine"

    def test_virtual(self, tmp_path: Path) -> None:
        files = {
            "proc/cpuinfo": "flags\t: fpu hypervisor\n",
            "sys/class/dmi/id/sys_vendor": "QEMU\n",
        }
        assert place(lay(tmp_path, files)) == "virtual machine (QEMU)"

    def test_metal_of_a_cloud(self, tmp_path: Path) -> None:
        files = {"proc/cpuinfo": "flags\t: fpu\n", "sys/class/dmi/id/sys_vendor": "Amazon EC2\n"}
        assert virtual_machine(lay(tmp_path, files)) is None

    def test_arm_guest(self, tmp_path: Path) -> None:
        files = {"proc/cpuinfo": "CPU part\t: 0xd0c\n", "sys/class/dmi/id/sys_vendor": "QEMU\n"}
        assert virtual_machine(lay(tmp_path, files)) == "virtual machine (QEMU)"

    def test_wsl(self, tmp_path: Path) -> None:
        lay(tmp_path, {"proc/sys/kernel/osrelease": "5.15.0-microsoft-standard-WSL2\n"})
        assert virtual_machine(tmp_path) == "virtual machine (WSL)"

    @pytest.mark.parametrize(
        ("file", "content", "engine"),
        [
            (".dockerenv", "", "docker"),
            ("run/.containerenv", "", "podman"),
            ("run/systemd/container", "systemd-nspawn\n", "systemd-nspawn"),
            ("proc/self/cgroup", "0::/kubepods/pod1\n", "kubepods"),
        ],
    )
    def test_container(self, file: str, content: str, engine: str, tmp_path: Path) -> None:
        assert container(lay(tmp_path, {file: content})) == engine
        assert place(tmp_path) == f"container ({engine})"


class TestMicroarchitecture:
    @pytest.mark.parametrize(
        ("cpuinfo", "name"),
        [
            (("GenuineIntel", 6, 63, 2), "haswell"),
            (("GenuineIntel", 6, 79, 1), "broadwell"),
            (("GenuineIntel", 6, 85, 4), "skylake"),
            (("GenuineIntel", 6, 85, 7), "cascade-lake"),
            (("GenuineIntel", 6, 85, 11), "skylake"),
            (("GenuineIntel", 6, 143, 8), None),
            (("AuthenticAMD", 23, 1, 2), "epyc-1"),
            (("AuthenticAMD", 23, 49, 0), "epyc-2"),
            (("AuthenticAMD", 25, 17, 1), None),
        ],
    )
    def test_x86(self, cpuinfo: tuple[object, ...], name: str | None, tmp_path: Path) -> None:
        keys = ("vendor_id", "cpu family", "model", "stepping")
        lines = [f"{key}\t: {value}" for key, value in zip(keys, cpuinfo, strict=True)]
        lay(tmp_path, {"proc/cpuinfo": "\n".join(lines) + "\n"})
        assert cpu.microarchitecture(tmp_path) == name

    def test_arm(self, tmp_path: Path) -> None:
        graviton = lay(tmp_path / "a", {"proc/cpuinfo": "CPU implementer: 0x41\nCPU part: 0xd40\n"})
        assert cpu.microarchitecture(graviton) == "neoverse"
        pi = lay(tmp_path / "b", {"proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0"})
        assert cpu.microarchitecture(pi) == "raspberry-pi-4"
        assert cpu.microarchitecture(tmp_path / "c") is None


class TestFrequency:
    def test_governor_and_turbo(self, tmp_path: Path) -> None:
        assert cpu.governor(tmp_path) is None
        assert cpu.turbo(tmp_path) is None
        folder = "sys/devices/system/cpu"
        lay(
            tmp_path,
            {
                f"{folder}/cpu0/cpufreq/scaling_governor": "powersave\n",
                f"{folder}/cpufreq/boost": "1\n",
            },
        )
        assert cpu.governor(tmp_path) == "powersave"
        assert cpu.turbo(tmp_path) is True
        lay(tmp_path, {f"{folder}/intel_pstate/no_turbo": "1\n"})
        assert cpu.turbo(tmp_path) is False

    def test_perf(self, tmp_path: Path) -> None:
        assert cpu.perf_paranoia(tmp_path) is None
        lay(tmp_path, {"proc/sys/kernel/perf_event_paranoid": "-1\n"})
        assert cpu.perf_paranoia(tmp_path) == -1


class TestDescribe:
    def test_this_machine(self) -> None:
        here = host.describe()
        assert here.cpu
        assert here.cores >= 1
        assert here.memory_bytes > GIB // 4
        assert here.python == platform.python_version()
        assert here.os.startswith(("Linux ", "macOS "))
        assert here.fingerprint == host.describe().fingerprint

    @pytest.mark.parametrize(
        ("one", "other"),
        [(3.71, 3.79), (7.6, 7.8), (15.3, 15.6), (23.4, 23.6), (62.5, 62.9), (251, 252)],
    )
    def test_fingerprint_outlives_a_kernel_update(self, one: float, other: float) -> None:
        prints = {host.fingerprint("x", 4, int(gib * GIB)) for gib in (one, other)}
        assert len(prints) == 1
        assert all(len(word) == 16 and int(word, 16) >= 0 for word in prints)

    def test_fingerprint_tells_kinds_apart(self) -> None:
        kinds = [("x", 4, 8), ("x", 4, 16), ("x", 2, 8), ("y", 4, 8)]
        prints = {host.fingerprint(cpu, cores, gib * GIB) for cpu, cores, gib in kinds}
        assert len(prints) == len(kinds)


def test_clock_step() -> None:
    assert 0 < step_ns() < 100_000


class TestNames:
    """What the machine calls itself, which a target's `here:` is held against."""

    GPUS = (
        ("0000:1b:00.0", "NVIDIA L40S", "GPU-aaaa"),
        ("0000:9a:00.0", "NVIDIA L4", "GPU-bbbb"),
    )

    def lay(self, root: Path) -> Path:
        for bus, model, uuid in self.GPUS:
            folder = root / "proc/driver/nvidia/gpus" / bus
            folder.mkdir(parents=True)
            told = f"Model: \t\t {model}\nIRQ:   \t\t 77\nGPU UUID: \t {uuid}\n"
            (folder / "information").write_text(told)
        return root

    @pytest.mark.parametrize(
        ("visible", "name"),
        [
            ("0", "as CUDA counts"),
            ("1,0", "as CUDA counts"),
            ("GPU-bbbb", "NVIDIA L4"),
            ("GPU-b", "NVIDIA L4"),
            ("", ""),
            ("MIG-1234", ""),
        ],
    )
    def test_the_gpu_is_the_first_that_cuda_sees(
        self, visible: str, name: str, tmp_path: Path
    ) -> None:
        """The fastest is CUDA's 0, wherever it is on the bus: of several models it is asked."""
        assert board.gpu_name(self.lay(tmp_path), visible, lambda: "as CUDA counts") == name

    @pytest.mark.parametrize(("visible", "name"), [("0", "NVIDIA L40S"), ("7", "")])
    def test_of_one_model_no_driver_need_be_asked(
        self, visible: str, name: str, tmp_path: Path
    ) -> None:
        shutil.rmtree(self.lay(tmp_path) / "proc/driver/nvidia/gpus" / self.GPUS[1][0])
        assert board.gpu_name(tmp_path, visible, lambda: "as CUDA counts") == name

    def test_a_machine_without_a_driver_has_none(self, tmp_path: Path) -> None:
        assert board.gpu_name(tmp_path, "0") == ""

    def test_a_board_is_called_by_its_device_tree(self, tmp_path: Path) -> None:
        (tmp_path / "proc/device-tree").mkdir(parents=True)
        name = "NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super"
        (tmp_path / "proc/device-tree/model").write_text(f"{name}\0")
        assert name in board.called(tmp_path)
