"""Where the system runs: on the metal, in a virtual machine, in a container."""

from pathlib import Path

from effprof.host.files import fields, text

# Vendor strings of SMBIOS that only a hypervisor writes.
_VIRTUAL_VENDORS = {
    "QEMU": "QEMU",
    "KVM": "KVM",
    "VMware": "VMware",
    "innotek": "VirtualBox",
    "Xen": "Xen",
    "Amazon EC2": "Amazon EC2",
    "Google": "Google Cloud",
    "Microsoft Corporation": "Hyper-V",
    "Parallels": "Parallels",
    "OpenStack": "OpenStack",
}
_CONTAINER_MARKS = ("docker", "kubepods", "containerd", "libpod", "lxc")


def place(root: Path = Path("/")) -> str:
    """`physical machine`, `virtual machine (KVM)`, `container (docker) in a virtual machine` ..."""
    machine = virtual_machine(root)
    engine = container(root)
    if engine:
        return f"container ({engine})" + (f" in a {machine}" if machine else "")
    return machine or "physical machine"


def virtual_machine(root: Path = Path("/")) -> str | None:
    """What shows that a hypervisor lies below; None when nothing does."""
    if "microsoft" in text(root / "proc/sys/kernel/osrelease").lower():
        return "virtual machine (WSL)"
    flagged = any(
        "hypervisor" in flags.split() for flags in fields(text(root / "proc/cpuinfo"), "flags")
    )
    vendor = _vendor(root) or text(root / "sys/hypervisor/type").strip()
    told = (root / "proc/device-tree/hypervisor").is_dir()
    # A bare-metal cloud host carries its vendor's name too: without the flag, only on other CPUs.
    if flagged or told or (vendor and not text(root / "proc/cpuinfo").count("flags")):
        return f"virtual machine ({vendor})" if vendor else "virtual machine"
    return None


def _vendor(root: Path) -> str:
    dmi = root / "sys/class/dmi/id"
    said = text(dmi / "sys_vendor") + text(dmi / "product_name")
    return next((name for mark, name in _VIRTUAL_VENDORS.items() if mark in said), "")


def container(root: Path = Path("/")) -> str | None:
    """The engine, `unnamed` when there is a container and no name; None outside one."""
    if (root / ".dockerenv").exists():
        return "docker"
    if (root / "run/.containerenv").exists():
        return "podman"
    if named := text(root / "run/systemd/container").strip():
        return named
    groups = text(root / "proc/self/cgroup")
    return next((mark for mark in _CONTAINER_MARKS if mark in groups), None)
