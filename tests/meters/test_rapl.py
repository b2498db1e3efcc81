"""RAPL's zones, its wrap-around, and all the ways it is kept from us."""

from pathlib import Path

import pytest

from effprof.meters.rapl import Rapl
from effprof.ports import Counter
from tests.meters.lay import as_nobody, as_root, lay, rapl

SERVER = rapl(
    {
        "intel-rapl:0": ("package-0", 100),
        "intel-rapl:0:0": ("core", 7),
        "intel-rapl:0:1": ("dram", 20),
        "intel-rapl:1": ("package-1", 300),
        "intel-rapl:1:0": ("dram", 40),
        "intel-rapl:2": ("psys", 9000),
        "intel-rapl-mmio:0": ("package-0", 100),
    }
)


@pytest.fixture
def sys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EFFPROF_SYS", str(tmp_path))
    return tmp_path


def opened() -> dict[str, Counter]:
    return {one.name: one for one in Rapl().counters({})}


def joules(counter: Counter) -> float:
    ((_time_s, value),) = counter.drain()
    return value


def write(root: Path, zone: str, energy_uj: object) -> None:
    (root / "class/powercap" / zone / "energy_uj").write_text(f"{energy_uj}\n")


def test_packages_and_their_memory_never_core_psys_or_the_second_road(sys: Path) -> None:
    lay(sys, SERVER)
    assert Rapl().unavailable() is None
    found = opened()
    assert set(found) == {"package-0", "dram-0", "package-1", "dram-1"}
    assert {one.unit for one in found.values()} == {"J"}
    assert all(joules(one) == 0 for one in found.values())
    write(sys, "intel-rapl:0", 500_100)
    assert joules(found["package-0"]) == pytest.approx(0.5)
    assert joules(found["dram-0"]) == 0


def test_a_counter_that_starts_over_goes_on(sys: Path) -> None:
    lay(sys, rapl({"intel-rapl:0": ("package-0", 990_000)}))
    counter = opened()["package-0"]
    write(sys, "intel-rapl:0", 5_000)  # beyond the end at 1,000,000
    assert joules(counter) == pytest.approx(0.015)
    write(sys, "intel-rapl:0", 6_000)
    assert joules(counter) == pytest.approx(0.016)


def test_a_fall_beyond_the_range_is_no_wrap(sys: Path) -> None:
    lay(sys, rapl({"intel-rapl:0": ("package-0", 9_000_000)}))
    counter = opened()["package-0"]
    write(sys, "intel-rapl:0", 5)
    with pytest.raises(ValueError, match="beyond its range"):
        counter.drain()


def test_what_is_no_number_is_said(sys: Path) -> None:
    lay(sys, rapl({"intel-rapl:0": ("package-0", 1)}))
    counter = opened()["package-0"]
    write(sys, "intel-rapl:0", "soon")
    with pytest.raises(ValueError, match="'soon', not a number"):
        counter.drain()


def test_none(sys: Path) -> None:
    assert not Rapl().present()
    assert "shows no zone" in str(Rapl().unavailable())


def test_zones_without_a_package(sys: Path) -> None:
    lay(sys, rapl({"intel-rapl:0": ("psys", 1)}))
    assert "no package, only psys" in str(Rapl().unavailable())


def test_masked_by_a_container(sys: Path) -> None:
    """Engines mask /sys/devices/virtual/powercap; the links to it stay and lead nowhere."""
    folder = sys / "class/powercap"
    folder.mkdir(parents=True)
    (folder / "intel-rapl:0").symlink_to("../../devices/virtual/powercap/intel-rapl/intel-rapl:0")
    assert Rapl().present()
    said = str(Rapl().unavailable())
    assert "is masked" in said
    assert "EFFPROF_SYS" in said


def test_for_root_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with as_nobody() as root:
        with as_root():
            lay(root, SERVER)
            for path in root.rglob("energy_uj"):
                path.chmod(0o400 if path.stat().st_uid == 0 else 0)
        monkeypatch.setenv("EFFPROF_SYS", str(root))
        said = str(Rapl().unavailable())
        with as_root():
            for path in root.rglob("energy_uj"):
                path.chmod(0o600)
    assert "not for this user to read" in said
    assert "sudo chmod a+r" in said
