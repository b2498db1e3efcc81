"""The emulated machine: results, counts, stack, and every way a firmware does not return."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from effprof.backends.mcu import counting, figures
from effprof.backends.mcu.core import CORES
from effprof.backends.mcu.emulator import Machine
from effprof.backends.mcu.execution import Execution, Limits, Region
from effprof.backends.mcu.hook import native_library
from effprof.backends.mcu.timing.cycles import accesses, decoded
from effprof.backends.mcu.timing.flash import NO_WAIT
from effprof.backends.mcu.timing.timing import time_call
from effprof.ports import Refusal
from tests.backends.mcu.small import MEMORY, machine

SOURCE = r"""
#include <stdint.h>
#define OWN __attribute__((noinline))
#define BARRIER __asm__ volatile("" ::: "memory")
int8_t input[64];
int output;
int start = 7;
static const int8_t weights[64] = {1, 2, 3};
OWN int dot(const int8_t *x, const int8_t *y, int n) {
    int s = 0;
    for (int i = 0; i < n; i++) { BARRIER; s += x[i] * y[i]; }
    return s;
}
OWN void layer_0(void) { BARRIER; output = start + dot(input, weights, 64); }
OWN void layer_1(void) { BARRIER; output += dot(weights, weights, 32); }
void infer(void) { layer_0(); layer_1(); BARRIER; }
int sum(int a, int b, int c, int d) { return a + 2 * b + 3 * c + 4 * d; }
OWN int deep(int n) { volatile char b[96]; b[n] = n; return n ? deep(n - 1) + b[n] : 0; }
OWN int bottomless(int n) { volatile char b[96]; b[0] = n; return bottomless(n + 1) + b[0]; }
int recurses(void) { return bottomless(0); }
int polls(void) { while (!(*(volatile uint32_t *)0x40021000 & 1)) {} return 1; }
#define ENABLE (*(volatile uint32_t *)0x40021010)
int clock_on(void) { ENABLE |= 4; return ENABLE; }
int endless(void) { for (volatile int x = 0;; x++) {} }
int nowhere(void) { *(volatile int *)0x60000000 = 1; return 0; }
int null(void) { return *(volatile int *)0x10; }
int flash_write(void) { *(volatile int8_t *)(uintptr_t)weights = 1; return 0; }
int wild(void) { return ((int (*)(void))0x12345679)(); }
#define DEBUGGER(n) \
    register int r __asm__("r0") = n; \
    __asm__ volatile("bkpt 0xab" : "+r"(r)); \
    return r
int says(void) { DEBUGGER(4); }
int leaves(void) { DEBUGGER(0x18); }
int system_call(void) { __asm__ volatile("svc 0"); return 1; }
int sleeps(void) { __asm__ volatile("wfi"); return 1; }
int undefined(void) { __asm__ volatile("udf #0"); return 1; }
uint32_t across(uint8_t *p) { BARRIER; uint32_t v; __builtin_memcpy(&v, p, 4); return v; }
"""
ENDS = [
    ("polls", "does not end within 0.3 s.* in polls", "0x40021000"),
    ("endless", "does not end within 0.3 s.* in endless", ""),
    ("nowhere", "writes 0x60000000.* in nowhere", ""),
    ("recurses", "the stack has grown out of RAM, in bottomless", ""),
    ("null", "reads 0x00000010.* in null", ""),
    ("flash_write", "which is flash.* in flash_write", ""),
    ("wild", "branches to 0x12345678", ""),
    ("leaves", "semihosting.* in leaves", ""),
    ("system_call", "SVC.* in system_call", ""),
    ("sleeps", "WFI.* in sleeps", ""),
    ("undefined", "does not have.* in undefined", "built for this core"),
]


def halfwords(run: Execution, group: int) -> int:
    rows = run.blocks[run.blocks["group"] == group]
    return int((rows["count"] * rows["size"]).sum()) // 2


@pytest.mark.parametrize("core", CORES)
def test_a_call_takes_arguments_and_returns(core: str) -> None:
    board = machine(SOURCE, core)
    assert board.call("sum", 1, 10, 100, 1000).returned == 4321
    assert board.call("sum", 0xFFFFFFFF, 0, 0, 0).returned == 0xFFFFFFFF


@pytest.mark.parametrize("core", CORES)
def test_inputs_outputs_and_initial_values(core: str) -> None:
    board = machine(SOURCE, core)
    board.write("input", bytes([10, 20, 0xFF]))  # -1
    for _ in range(2):  # calls leave RAM as it is
        board.call("infer")
        assert int.from_bytes(board.read("output", 4), "little") == 7 + 10 + 40 - 3 + 14


def test_callees_count_for_the_layer_that_called_them() -> None:
    board = machine(SOURCE, "cortex-m4")
    board.mark(["layer_0", None, "layer_1"])
    run = board.call("infer")
    assert halfwords(run, 2) == 0
    assert 1.8 < halfwords(run, 1) / halfwords(run, 3) < 2.1  # 64 products against 32
    assert halfwords(run, 0) < 10


def test_steps_between_blocks_add_up() -> None:
    run = machine(SOURCE, "cortex-m4").call("infer")
    arrived = np.bincount(run.steps["end"], run.steps["count"], len(run.blocks))
    missing = run.blocks["count"] - arrived
    assert missing.sum() == 1  # the block the call began with
    left = np.bincount(run.steps["start"], run.steps["count"], len(run.blocks))
    assert (run.blocks["count"] - left).sum() == 1  # the block it ended with


def test_stack_is_the_deepest_reach() -> None:
    board = machine(SOURCE, "cortex-m4")
    shallow, deep = board.call("deep", 1), board.call("deep", 11)
    frame, rest = divmod(deep.stack_bytes - shallow.stack_bytes, 10)
    assert rest == 0
    assert 96 < frame < 140
    assert board.call("deep", 1).stack_bytes == shallow.stack_bytes  # painted anew


FULL = """
char held[250 * 1024];
__attribute__((noinline)) int deep(int n) {
    volatile char b[96];
    b[n % 96] = n;
    return n ? deep(n - 1) + b[n % 96] + held[n] : 0;
}
"""


@pytest.mark.parametrize(("calls", "over"), [(10, False), (200, True)])
def test_a_stack_that_reaches_the_variables_under_it_is_told(calls: int, over: bool) -> None:
    timed = time_call(machine(FULL, "cortex-m4"), "deep", calls, flash=None)
    assert timed.run.stack_room_bytes == 6 * 1024
    assert timed.stack_reach_bytes is not None
    assert 0 <= timed.stack_reach_bytes - timed.run.stack_bytes < 128 or over
    said = {one.code: one.text for one in figures.cautions(timed, None)}
    assert ("stack-overflow" in said) is over
    if over:
        assert f"went down {timed.stack_reach_bytes} bytes, 6144 are" in said["stack-overflow"]


@pytest.mark.parametrize(("function", "word", "hint"), ENDS)
def test_what_does_not_return_says_why_and_where(function: str, word: str, hint: str) -> None:
    seconds = 0.3 if "0.3 s" in word else 60
    board = machine(SOURCE, "cortex-m4", limits=Limits(seconds=seconds))
    with pytest.raises(Refusal, match=word) as caught:
        board.call(function)
    assert caught.value.kind == "failed"
    assert hint in caught.value.hint
    assert board.call("sum", 1, 0, 0, 0).returned == 1  # the machine still works


def test_an_endless_run_ends_by_its_instructions() -> None:
    board = machine(SOURCE, "cortex-m33", limits=Limits(instructions=1_000_000))
    with pytest.raises(Refusal, match="within 1,000,000 instructions"):
        board.call("endless")


def test_a_peripheral_keeps_what_is_written_and_is_reported() -> None:
    run = machine(SOURCE, "cortex-m4").call("clock_on")
    assert run.returned == 4
    assert {(t.address, t.function) for t in run.touched} == {(0x40021010, "clock_on")}


def test_a_debuggers_call_is_answered_by_no_debugger() -> None:
    assert machine(SOURCE, "cortex-m4").call("says").returned == 0xFFFFFFFF


def test_a_call_returns_also_where_ram_begins_below_the_usual_place() -> None:
    """As on a Kinetis K64: its lower RAM ends at 0x20000000, where calls otherwise return to."""
    lower = Region("lower", 0x1FFF_0000, 64 << 10)
    assert machine(SOURCE, "cortex-m4", more=(lower,)).call("sum", 1, 1, 1, 1).returned == 10


def test_a_part_too_small_is_refused_before_anything_runs() -> None:
    with pytest.raises(Refusal, match="overlaps other memory"):
        machine(SOURCE, "cortex-m4", more=(Region("CCM", MEMORY.ram_base, 64),))
    board = machine(SOURCE, "cortex-m4")
    with pytest.raises(Refusal, match="outside the part's memory"):
        board.write("input", bytes(MEMORY.ram_bytes))


@pytest.mark.parametrize("core", CORES)
def test_the_plain_hook_counts_the_same(core: str, monkeypatch: pytest.MonkeyPatch) -> None:
    native = machine(SOURCE, core)
    monkeypatch.setattr(counting, "native_library", lambda folder: None)
    plain = machine(SOURCE, core)
    assert isinstance(native.counter, counting.NativeCounter)
    assert isinstance(plain.counter, counting.PlainCounter)
    both = []
    for board in (native, plain):
        board.mark(["layer_0", "layer_1"])
        run = board.call("infer")
        both.append(sorted(map(tuple, run.blocks[["address", "size", "group", "count"]].tolist())))
    assert both[0] == both[1]


def test_without_the_hook_in_c_it_is_told_what_was_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def codes(board: Machine) -> list[str]:
        timed = time_call(board, "infer", flash=NO_WAIT)
        return [one.code for one in figures.cautions(timed, NO_WAIT)]

    assert codes(machine(SOURCE, "cortex-m4")) == []
    monkeypatch.setattr(counting, "native_library", lambda folder: None)
    assert codes(machine(SOURCE, "cortex-m4")) == ["flash-unfollowed"]


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library, where it was kept."""
    folder = tmp_path_factory.mktemp("hook")
    assert native_library(folder) is not None
    (made,) = folder.iterdir()
    return made


def test_the_hook_is_compiled_once_and_kept(hook: Path) -> None:
    before = hook.stat().st_mtime_ns
    assert native_library(hook.parent) is not None
    assert [one.stat().st_mtime_ns for one in hook.parent.iterdir()] == [before]


def test_where_the_hook_cannot_be_kept_it_is_compiled_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder would be")
    assert native_library(tmp_path / "data") is not None


def test_a_broken_hook_falls_back_to_the_plain_one(hook: Path, tmp_path: Path) -> None:
    (tmp_path / hook.name).write_bytes(b"half")
    assert isinstance(counting.make_counter(1000, tmp_path), counting.PlainCounter)


def test_a_retrace_follows_reads_of_flash_and_leaves_the_machine_alone() -> None:
    board = machine(SOURCE, "cortex-m4")
    board.mark(["layer_0", "layer_1"])
    run = board.call("infer")
    base, size = MEMORY.flash_base, MEMORY.flash_bytes
    slow = [base, size, 5, 8, 5, 0, 0, 0, 0, 0, 1024, 32, 4, 8, 8, 0, 1]
    more: dict[str, Any] = {
        "costs": np.ones(len(run.blocks)),
        "accesses": accesses(decoded(run, board.code)),
    }
    rows, reach_bytes = board.retrace("infer", flash=slow, **more) or (None, 0)
    assert reach_bytes >= run.stack_bytes > 0
    assert rows is not None
    assert rows["reads"][1] >= 64
    assert rows["reads"][2] >= 64
    assert rows["read_misses"][1] == rows["reads"][1]  # nothing is cached or buffered
    assert rows["read_stall"][1] == rows["reads"][1] * 5 * 256
    buffered = [*slow[:8], 1, *slow[9:]]
    fewer, _ = board.retrace("infer", flash=buffered, **more) or (None, 0)
    assert fewer is not None
    assert fewer["read_misses"][1] < rows["read_misses"][1] / 4  # eight weights a word of 8 bytes
    assert board.read("output", 4) != bytes(4)
    assert isinstance(board.counter, counting.NativeCounter)
    assert len(board.call("infer").blocks) == len(run.blocks)
    assert not board.counter.traffic(3)["reads"].any()  # what comes after is counted alone
