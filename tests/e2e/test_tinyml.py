"""An emulated microcontroller from the command line to the report, really built and executed."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from effprof.backends.mcu.plugin import Mcu
from tests.backends.mcu.models import dense
from tests.backends.mcu.small import compiled
from tests.e2e.command import effprof, effprof_here, report_of

SMALL_BOARD = """\
schema: 1
name: small
environment: tinyml
summary: too small for anything
means: emulate
backend: mcu
precision: int8
profile: tinyml
facts:
  core: {value: cortex-m4, source: made up}
  clock: {value: 100 MHz, source: made up}
  flash: {value: 1 KiB, source: made up}
  ram: {value: 1 KiB, source: made up}
  memory_map: {value: "flash 0x08000000 1 KiB, ram 0x20000000 1 KiB", source: made up}
"""
BUDGET = "schema: 1\nname: b\nlimits:\n  latency.p99: {max: 10 s}\n"
SUM = """
static volatile int sink;
int add(int n) { for (int i = 0; i < 1000; i++) sink += i; return sink; }
void hang(void) { for (;;) sink++; }
"""


class Run(NamedTuple):
    """The dense layer on the default board, in words and as JSON; the project it left."""

    stdout: str
    report: dict[str, Any]
    project: Path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dense(tmp_path_factory.mktemp("dense") / "dense.tflite")


@pytest.fixture(scope="module")
def run(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    words = ("-t", "nucleo-l4r5zi", "--cell", "1000mAh@3V", "--duty", "2/h", "--verbose")
    saved, project = folder / "report.json", folder / "project"
    done = effprof("measure", model, *words, "--keep", project, "--json", saved)
    assert done.returncode == 0, done.stderr
    return Run(done.stdout, json.loads(saved.read_text()), project)


@pytest.fixture(scope="module")
def report(run: Run) -> dict[str, Any]:
    return run.report


def test_latency_is_one_emulated_value_with_a_band(report: dict[str, Any]) -> None:
    p50 = report["metrics"]["latency.p50"]
    assert p50["origin"] == "emulated"
    assert p50["low"] < p50["value"] < p50["high"]
    assert "n" not in p50
    for other in ("p90", "p99", "mean", "min", "max"):
        assert report["metrics"][f"latency.{other}"] == p50
    assert any(one["metric"] == "latency.jitter" for one in report["missing"])
    assert p50["value"] == pytest.approx(report["metrics"]["compute.cycles"]["value"] / 120e6)


def test_sizes_are_the_sums_of_their_sections(report: dict[str, Any]) -> None:
    metrics, firmware = report["metrics"], report["firmware"]
    assert metrics["size.flash"]["value"] == sum(firmware["flash"].values())
    assert metrics["memory.ram"]["value"] == sum(firmware["ram"].values())
    assert firmware["flash"]["weights"] >= 8 * 64 + 8 * 4
    assert firmware["ram"]["arena"] == metrics["memory.arena"]["value"] >= 64 + 8
    assert firmware["ram"]["stack"] == metrics["memory.stack"]["value"] > 0
    assert firmware["fits"]
    assert firmware["room"] == {"size.flash": 2048 << 10, "memory.ram": 640 << 10}


def test_energy_and_the_life_of_the_cell_are_modelled(report: dict[str, Any]) -> None:
    metrics = report["metrics"]
    for key in ("energy.inference", "power.mean", "battery.life"):
        assert metrics[key]["origin"] == "modelled"
        assert metrics[key]["low"] < metrics[key]["value"] < metrics[key]["high"]
    assert "kernels" in metrics["energy.inference"]["scope"]
    assert "2 inferences an hour" in metrics["battery.life"]["scope"]
    mean_w = metrics["energy.inference"]["value"] * 2 / 3600 + 0.13e-6 * 3
    assert metrics["battery.life"]["value"] == pytest.approx(3600 * 3 / mean_w)
    assert report["score"]["points"] > 0


def test_operators_have_cycles_that_add_up_and_a_mix(report: dict[str, Any]) -> None:
    rows = report["operators"]
    layer = next(row for row in rows if row["type"] == "FULLY_CONNECTED")
    assert layer["macs"] == 512
    assert sum(layer["mix"].values()) == layer["instructions"]
    total = report["metrics"]["compute.cycles"]["value"]
    assert sum(row["cycles"] for row in rows) == pytest.approx(total)
    assert sum(row["share"] for row in rows) == pytest.approx(1)


def test_the_project_is_kept_whole(run: Run) -> None:
    assert run.report["firmware"]["kept"] == str(run.project)
    names = {path.name for path in run.project.iterdir()}
    assert {"model.c", "link.ld", "firmware.elf", "firmware.map", "Makefile"} <= names


def test_several_targets_leave_a_project_each(model: Path, tmp_path: Path) -> None:
    targets = ("-t", "nrf52840", "-t", "nucleo-l4r5zi")
    done = effprof_here("measure", model, *targets, "--keep", tmp_path / "kept", "--quiet")
    assert done.returncode == 0, done.stderr
    left = sorted(path.parent.name for path in (tmp_path / "kept").glob("*/firmware.elf"))
    assert left == ["nrf52840", "nucleo-l4r5zi"]


def test_the_table_says_what_it_needs_to(run: Run) -> None:
    shown = [line for line in run.stdout.splitlines() if str(run.project) not in line]
    assert max(map(len, shown)) <= 80
    assert "latency.p99" not in run.stdout
    for words in ("emulated", "it fits", "weights", "effprof's own kernels", "MAC/cycle"):
        assert words in run.stdout


def test_what_does_not_fit_is_emulated_all_the_same(model: Path, tmp_path: Path) -> None:
    board, budget, saved = (tmp_path / name for name in ("small.yaml", "b.yaml", "r.json"))
    board.write_text(SMALL_BOARD)
    budget.write_text(BUDGET)
    done = effprof_here("measure", model, "-t", board, "--json", saved)
    assert done.returncode == 0, done.stderr
    assert "DOES NOT FIT" in done.stdout
    found = json.loads(saved.read_text())
    assert found["metrics"]["latency.p50"]["value"] > 0
    assert not found["firmware"]["fits"]
    assert "of flash, the part has 1 KiB" in found["firmware"]["lacks"][0]
    codes = [one["code"] for one in found["warnings"]]
    assert {"does-not-fit", "flash-unknown"} <= set(codes)
    missing = {one["metric"]: one for one in found["missing"]}
    assert "states neither power_active nor" in missing["energy.inference"]["reason"]
    assert "add power_active" in missing["energy.inference"]["hint"]
    assert "does not state cell charge" in missing["battery.life"]["reason"]
    assert missing["battery.life"]["hint"] == "--cell 225mAh@3V"
    checked = effprof_here("check", saved, "--budget", budget)
    assert checked.returncode == 1
    assert "of the part" in " ".join(checked.stdout.split())


def test_the_second_measurement_says_the_same_of_the_first(model: Path, tmp_path: Path) -> None:
    reports = []
    for name in ("first.json", "second.json"):
        done = effprof_here("measure", model, "-t", "nrf52840", "--json", tmp_path / name)
        assert done.returncode == 0, done.stderr
        reports.append(json.loads((tmp_path / name).read_text()))
    assert "answered as in an earlier run" in " ".join(done.stdout.split())
    assert reports[1]["trials"][0]["cached"]
    assert reports[1]["metrics"] == reports[0]["metrics"]
    assert reports[1]["operators"] == reports[0]["operators"]


def test_items_that_there_is_no_time_for_are_left_out_and_that_is_said(
    model: Path, tmp_path: Path
) -> None:
    items = 20_000
    values = np.random.default_rng(0).integers(-128, 128, (items, 64)).astype(np.int8)
    np.savez(tmp_path / "items.npz", in0=values)
    np.save(tmp_path / "labels.npy", np.zeros(items, np.int64))
    given = ("--inputs", tmp_path / "items.npz", "--labels", tmp_path / "labels.npy")
    found = report_of(model, "-t", "nrf52840", *given, "--time", "0.1")
    accuracy = found["metrics"]["quality.accuracy"]
    assert accuracy["origin"] == "emulated"
    assert 0 < accuracy["n"] < items
    (said,) = (one["text"] for one in found["warnings"] if one["code"] == "quality-sampled")
    assert f"the first {accuracy['n']} of {items} items" in said


def test_a_folder_with_files_of_somebody_is_kept_as_it_is(model: Path, tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text("mine")
    done = effprof_here("measure", model, "-t", "nrf52840", "--keep", tmp_path)
    assert done.returncode == 2
    assert "holds main.c, which effprof did not leave there" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["main.c"]


def test_a_function_of_a_firmware() -> None:
    elf = compiled(SUM, "cortex-m4")
    found = report_of(elf, "-t", "nucleo-l4r5zi", "--entry", "add")
    assert found["model"]["format"] == "elf"
    assert 3000 < found["metrics"]["compute.instructions"]["value"] < 12000
    assert found["operators"][0]["name"] == "add"
    assert found["operators"][0]["type"] == "function"
    assert found["metrics"]["size.flash"]["value"] == sum(found["firmware"]["flash"].values())
    assert "compute.macs" not in found["metrics"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--entry", "ad"), 2, "no symbol 'ad'"),
        (("--entry", "sink"), 2, "sink is a variable, not a function"),
        (("--entry", "hang", "--timeout", "3"), 4, "phase emulating did not end within 3 s"),
    ],
)
def test_a_function_that_is_not_there_or_never_ends(
    words: tuple[str, ...], code: int, said: str
) -> None:
    done = effprof_here("measure", compiled(SUM, "cortex-m4"), "-t", "nucleo-l4r5zi", *words)
    assert done.returncode == code
    assert said in " ".join((done.stdout + done.stderr).split())


def test_a_broken_firmware(tmp_path: Path) -> None:
    path = tmp_path / "cut.elf"
    path.write_bytes(compiled(SUM, "cortex-m4").read_bytes()[:700])
    done = effprof_here("measure", path, "-t", "nucleo-l4r5zi", "--entry", "add")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--batch", "8"), "takes one item at a time"),
        (("--scenario", "offline"), "one inference at a time"),
        (("--threads", "2"), "one thread, not 2"),
        (("--entry", "main"), "names a function of an ELF file"),
        (("--cell", "225mAh"), "no voltage"),
    ],
)
def test_refused_before_anything_is_built(model: Path, words: tuple[str, ...], said: str) -> None:
    done = effprof_here("measure", model, "-t", "nucleo-l4r5zi", *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_words_of_a_microcontroller_say_nothing_elsewhere(student: Path, tmp_path: Path) -> None:
    done = effprof_here("measure", student, "-t", "edge", "--keep", tmp_path)
    assert done.returncode == 2
    assert "--keep says nothing on edge" in done.stderr
    done = effprof_here("measure", student, "-t", "corstone-300-u55", "--entry", "main")
    assert done.returncode == 2
    assert "--entry says nothing on corstone-300-u55, which is worked out" in done.stderr


def test_a_board_that_lacks_its_memory_map(model: Path, tmp_path: Path) -> None:
    board = tmp_path / "small.yaml"
    board.write_text("\n".join(SMALL_BOARD.splitlines()[:-1]) + "\n")
    done = effprof_here("measure", model, "-t", board)
    assert done.returncode == 2
    assert "does not state the memory map" in done.stderr


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert "pip install 'effprof[tinyml]'" in (Mcu().unavailable() or "")


def test_a_failed_compile_leaves_its_project_and_says_where(model: Path, tmp_path: Path) -> None:
    """A compiler that fails, in place of the real one."""
    fake = tmp_path / "fake" / "ziglang"
    fake.mkdir(parents=True)
    (fake / "__init__.py").touch()
    (fake / "__main__.py").write_text("import sys; print('error: no'); sys.exit(1)")
    env = {"EFFPROF_DATA": str(tmp_path / "data"), "PYTHONPATH": str(fake.parent)}
    done = effprof("measure", model, "-t", "nucleo-l4r5zi", "--no-history", env=env)
    assert done.returncode == 4
    kept = tmp_path / "data" / "tinyml" / "failed"
    assert f"theprojectiskeptin{kept}" in "".join(done.stdout.split())
    assert (kept / "compiler.log").read_text() == "error: no\n"
    assert (kept / "model.c").exists()
    assert "error: no" not in done.stdout + done.stderr
