"""What a build leaves, refuses and keeps; what a hostile file can do to it: nothing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from effprof.backends.mcu import build as building
from effprof.backends.mcu import limits
from effprof.backends.mcu.build import build
from effprof.backends.mcu.core import CORES
from effprof.backends.mcu.firmware import MemoryMap, NoRoom
from effprof.backends.mcu.graph import printable
from effprof.backends.mcu.hook import SOURCES
from effprof.backends.mcu.lower import lower
from effprof.backends.mcu.read import parse
from effprof.ports import Refusal
from tests.backends.mcu.models import T, model, outside
from tests.backends.mcu.running import MEMORY, Machine, random_inputs

M4 = CORES["cortex-m4"]
CONV: dict[str, Any] = {"table": "Conv2DOptions", "strideH": 1, "strideW": 1, "padding": 1}


def conv(name: str = "t", outs: int = 4, kind: str = "CONV_2D") -> bytes:
    w = np.arange(outs * 9 * 2).reshape(outs, 3, 3, 2) % 100 - 50
    tensors = [
        T([1, 6, 6, 2], name=name),
        T(w.shape, data=w, scale=0.01, name=name),
        T([1, 4, 4, outs], scale=0.3, name=name),
    ]
    return model([(kind, CONV if kind == "CONV_2D" else None, [0, 1], [2])], tensors, [0], [2])


def saved(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "m.tflite"
    path.write_bytes(content)
    return path


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path / "data"))


def test_a_second_build_is_a_copy_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ziglang")
    path = saved(tmp_path, conv())
    first = build(path, M4, MEMORY, tmp_path / "a")

    def compiles(*_: object) -> Path:
        raise AssertionError("compiled again")

    monkeypatch.setattr(building, "compile_firmware", compiles)
    second = build(path, M4, MEMORY, tmp_path / "b")
    assert second.elf == tmp_path / "b" / "firmware.elf"
    assert second.elf.read_bytes() == first.elf.read_bytes()
    assert (second.layers, second.inputs, second.sections) == (
        first.layers,
        first.inputs,
        first.sections,
    )
    with pytest.raises(AssertionError, match="compiled again"):
        build(path, CORES["cortex-m3"], MEMORY, tmp_path / "c")


@pytest.mark.parametrize(("name", "left"), [("firmware.elf", b"\x7fELF"), ("firmware.json", b"{")])
def test_a_damaged_build_is_made_again(name: str, left: bytes, tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    path = saved(tmp_path, conv())
    first = build(path, M4, MEMORY, tmp_path / "a")
    (kept,) = (tmp_path / "data" / "firmware").iterdir()
    whole = (kept / name).read_bytes()
    (kept / name).write_bytes(left)
    assert build(path, M4, MEMORY, tmp_path / "b").elf.read_bytes() == first.elf.read_bytes()
    assert (kept / name).read_bytes() == whole


def test_an_output_of_a_type_that_firmware_does_not_give_is_named(tmp_path: Path) -> None:
    content = model(
        [("RESHAPE", None, [0], [1])],
        [T([4], "int64", None), T([2, 2], "int64", None, name="shaped")],
        [0],
        [1],
    )
    with pytest.raises(Refusal, match="an input or output is int64: t") as said:
        build(saved(tmp_path, content), M4, MEMORY, tmp_path / "kept")
    assert "int8_t" not in said.value.hint
    assert "int8" in said.value.hint


def test_the_project_that_is_left_builds_by_hand(tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    made = build(saved(tmp_path, conv()), M4, MEMORY, tmp_path / "kept")
    kept = {one.name for one in (tmp_path / "kept").iterdir()}
    assert {"model.c", "model.h", "link.ld", "startup.c", "firmware.elf", "firmware.map"} <= kept
    assert {"Makefile", "README.md", "nn.h", "support.c"} <= kept
    before = made.elf.read_bytes()
    made.elf.unlink()
    done = subprocess.run(
        ["make", "zig", f"PYTHON={sys.executable}"],
        cwd=tmp_path / "kept",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert made.elf.read_bytes() == before


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4"])
def test_it_builds_with_the_arm_gnu_toolchain_too_and_answers_the_same(
    tmp_path: Path, core: str
) -> None:
    pytest.importorskip("ziglang")
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    made = build(saved(tmp_path, conv()), CORES[core], MEMORY, tmp_path / "kept")
    given = random_inputs(made, 0)
    want = Machine(made, CORES[core]).run(*given)
    made.elf.unlink()
    done = subprocess.run(
        ["make"], cwd=tmp_path / "kept", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    for ours, theirs in zip(Machine(made, CORES[core]).run(*given), want, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_layers_have_functions_and_flash_is_little_more_than_weights(tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    made = build(saved(tmp_path, conv()), M4, MEMORY, tmp_path / "kept")
    (layer,) = made.layers
    assert (layer.type, layer.macs, layer.shape) == ("CONV_2D", 4 * 4 * 4 * 18, (1, 4, 4, 4))
    assert layer.symbol is not None
    assert layer.symbol in (tmp_path / "kept" / "firmware.map").read_text()
    assert made.sections.flash_bytes < 1.15 * made.sections.weights + 20_000
    assert made.arena_bytes <= 1.05 * made.liveness_bound_bytes + 8


def test_an_unknown_operator_is_named_before_anything_is_built(tmp_path: Path) -> None:
    content = model(
        [("ELU", None, [0], [1])], [T([1, 4]), T([1, 4], name="activations/elu")], [0], [1]
    )
    with pytest.raises(Refusal, match=r"node 0 \(ELU making activations/elu1\)") as said:
        build(saved(tmp_path, content), M4, MEMORY, tmp_path / "kept")
    assert said.value.kind == "request"
    assert "replace it" in said.value.hint
    assert not (tmp_path / "kept").exists()


def test_a_float_model_is_told_to_be_quantised(tmp_path: Path) -> None:
    content = model(
        [("RELU", None, [0], [1])], [T([4], "float32", None), T([4], "float32", None)], [0], [1]
    )
    with pytest.raises(Refusal, match="float32") as said:
        build(saved(tmp_path, content), M4, MEMORY, tmp_path / "kept")
    assert "int8" in said.value.hint


@pytest.mark.parametrize(
    ("flash_bytes", "ram_bytes", "region", "compiled"),
    [(2 << 20, 4096, "RAM", False), (64, 1 << 20, "FLASH", False), (1024, 1 << 20, "FLASH", True)],
)
def test_firmware_that_does_not_fit_is_refused(
    flash_bytes: int, ram_bytes: int, region: str, compiled: bool, tmp_path: Path
) -> None:
    """Arena and constants are known before a compiler starts; code is known to the linker."""
    pytest.importorskip("ziglang")
    small = MemoryMap(0x0800_0000, flash_bytes, 0x2000_0000, ram_bytes)
    with pytest.raises(NoRoom, match=f"does not fit in the {region}") as said:
        build(saved(tmp_path, conv()), M4, small, tmp_path / "kept")
    assert said.value.kind == "request"
    assert ("needs" in said.value.message) is not compiled
    assert (tmp_path / "kept" / "compiler.log").exists() is compiled


def test_a_failed_compile_names_the_kept_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ziglang")
    monkeypatch.setattr("effprof.backends.mcu.emit.ENTRY", "not a name")
    with pytest.raises(Refusal, match=re.escape(str(tmp_path / "kept"))) as said:
        build(saved(tmp_path, conv()), M4, MEMORY, tmp_path / "kept")
    assert said.value.kind == "failed"
    assert "error" in (tmp_path / "kept" / "compiler.log").read_text()
    assert capfd.readouterr() == ("", "")


HOSTILE = 'x*/ int evil(void){} /*\n#include "/etc/passwd"\\\n"; ??/'


def test_a_hostile_name_stays_a_comment(tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    build(saved(tmp_path, conv(HOSTILE)), M4, MEMORY, tmp_path / "kept")
    for one in ("model.c", "model.h", "link.ld", "README.md"):
        text = (tmp_path / "kept" / one).read_text()
        assert "*/ int evil" not in text
        assert 'passwd"' not in text
    plain = saved(tmp_path, conv("t"))
    other = build(plain, M4, MEMORY, tmp_path / "plain")
    assert other.elf.read_bytes() == (tmp_path / "kept" / "firmware.elf").read_bytes()
    assert set('"*\n\\?') & set(printable(HOSTILE)) == {"?"}


def test_constants_behind_the_tables_are_read_and_bounded(tmp_path: Path) -> None:
    whole = outside(conv())
    ours, theirs = (parse(Path("m.tflite"), one) for one in (whole, conv()))
    for one, other in zip(ours.tensors, theirs.tensors, strict=True):
        assert one.shape == other.shape
        np.testing.assert_array_equal(one.data, other.data)
    with pytest.raises(Refusal, match="ends outside of the file"):
        parse(Path("m.tflite"), whole[:-40])


def test_weights_that_many_operators_share_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = [T([1, 8]), T([8, 8], data=np.ones((8, 8)), scale=0.01), *[T([1, 8])] * 3]
    options = {"table": "FullyConnectedOptions"}
    chain = [("FULLY_CONNECTED", options, [at, 1, -1], [at + 1]) for at in (2, 3)]
    made = model([("FULLY_CONNECTED", options, [0, 1, -1], [2]), *chain], tensors, [0], [4])
    graph = parse(Path("m.tflite"), made)
    assert len(lower(graph, M4)) == 3
    monkeypatch.setattr(limits, "CONSTANT_BYTES", 200)
    with pytest.raises(
        Refusal, match=r"node 1 \(FULLY_CONNECTED making t3\): with it the constants"
    ):
        lower(graph, M4)


def test_a_model_may_have_as_many_operators_as_the_hook_counts_layers() -> None:
    assert f"#define MOST_MARKS {limits.OPERATORS}\n" in SOURCES[0].read_text()


def test_a_custom_operator_cannot_write_lines_of_its_own(tmp_path: Path) -> None:
    """By name it is refused; the name is a stranger's text."""
    content = conv(kind="CUSTOM").replace(b"CUSTOMCODE", b"a\nb\x1b[2J*/x")
    with pytest.raises(Refusal, match=r"CUSTOM a\?b\?\?2J\?/x") as said:
        build(saved(tmp_path, content), M4, MEMORY, tmp_path / "kept")
    assert said.value.kind == "request"


def test_damaged_files_are_refused_in_one_line(tmp_path: Path) -> None:
    """Every byte of a model, broken in turn: a refusal, or a model that is still one."""
    from effprof.backends.mcu.plan import plan

    whole = conv()
    rng = np.random.default_rng(0)
    refusals = []
    for _ in range(400):
        broken = bytearray(whole)
        for place in rng.integers(8, len(whole), rng.integers(1, 4)):
            broken[place] = rng.integers(0, 256)
        try:
            graph = parse(Path("m.tflite"), bytes(broken))
            plan(graph, lower(graph, M4))
        except Refusal as refusal:
            refusals.append(refusal)
    assert {refusal.kind for refusal in refusals} == {"request"}
    assert not any("\n" in refusal.message for refusal in refusals)


def test_what_no_converter_writes_is_refused(tmp_path: Path) -> None:
    for content, said in (
        (b"", "not a .tflite"),
        (b"\0" * 64, "not a .tflite"),
        (conv()[:200], "damaged"),
    ):
        with pytest.raises(Refusal, match=said):
            build(saved(tmp_path, content), M4, MEMORY, tmp_path / "kept")
    many = [("RELU", None, [0], [1])] * 4097
    with pytest.raises(Refusal, match="4097 operators"):
        build(saved(tmp_path, model(many, [T([4]), T([4])], [0], [1])), M4, MEMORY, tmp_path / "k")
    huge = model([("RELU", None, [0], [1])], [T([2**20, 2**12]), T([2**20, 2**12])], [0], [1])
    with pytest.raises(Refusal, match="shape"):
        build(saved(tmp_path, huge), M4, MEMORY, tmp_path / "kept")
