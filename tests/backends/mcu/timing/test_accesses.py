"""Loads and stores as decoded against what unicorn itself says they touch, and unaligned ones."""

from typing import Any

import pytest

from effprof.backends.mcu.timing.cycles import accesses, decoded
from effprof.backends.mcu.timing.flash import FlashTiming
from effprof.backends.mcu.timing.timing import time_call
from effprof.ports import Refusal
from tests.backends.mcu.small import MEMORY, machine
from tests.backends.mcu.timing.test_pipelines import FRAME

FORMS = """
  sub r1, sp, #256
  mov r2, r1
  movs r3, #8
  ldr r4, [r1]
  ldr r4, [r1, #4]
  ldr r4, [r1, #-4]
  ldr r4, [r1], #4
  ldr r4, [r1, #4]!
  ldr r4, [r1, r3]
  ldr r4, [r1, r3, lsl #2]
  ldrb r4, [r1, #1]
  ldrsh r4, [r1, #2]
  ldrh r4, [r1, r3, lsl #1]
  ldrd r4, r5, [r1, #8]
  ldrd r4, r5, [r1], #8
  ldm r1, {r4-r7}
  ldmdb r1!, {r4-r7}
  str r4, [r1]
  strb r4, [r1, #3]
  strd r4, r5, [r1, #8]
  stmdb r2!, {r4-r7}
  push {r4-r7}
  pop {r4-r7}
  ldr r4, =0x12345678
  adr r4, 1f
  ldr r5, [r4]
  movs r6, #0
  tbb [pc, r6]
1: .byte 1, 1, 1, 1
  nop
"""
UNALIGNED = """
#include <stdint.h>
int words(const char *p) {
    int sum = 0;
    for (int i = 0; i < 100; i++) sum += *(volatile const int *)(p + 4 * i);
    return sum;
}
int halves(const char *p) {
    int sum = 0;
    for (int i = 0; i < 100; i++) sum += *(volatile const int16_t *)(p + 2 * i);
    return sum;
}
"""
FREE = FlashTiming(0, 8)


def test_every_form_of_address_reads_where_unicorn_says() -> None:
    """Reads of flash by our own arithmetic against unicorn's memory hook, on the same run."""
    import unicorn

    source = FRAME.format(fpu="", before="  mov r12, lr", body=FORMS)
    board = machine(source, "cortex-m4", ".S")
    run = board.call("run", 1)
    table = accesses(decoded(run, board.code))
    named = {int(row["address"]): row for row in table}
    seen: dict[int, tuple[int, int]] = {}
    registers: list[int] = []

    def on_code(engine: Any, address: int, size: int, _: object) -> None:
        registers[:] = [address]
        if address in named:
            row = named[address]
            at = int(row["offset"])
            for name, shift in (("base", 0), ("index", int(row["shift"]))):
                if row[name] >= 0:
                    at += engine.reg_read(int(row[name])) << shift
            seen[address] = (at & 0xFFFF_FFFF, int(row["unit"]) * int(row["count"]))

    def on_memory(engine: Any, kind: int, at: int, size: int, value: int, _: object) -> None:
        first, length = seen[registers[0]]
        assert first <= at < first + length, hex(registers[0])
        touched.setdefault(registers[0], set()).update(range(at, at + size))

    touched: dict[int, set[int]] = {}
    engine = board._engine  # noqa: SLF001 -- a hook of unicorn's own, to hold ours against
    engine.hook_add(unicorn.UC_HOOK_CODE, on_code)
    engine.hook_add(unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE, on_memory)
    engine.ctl_remove_cache(MEMORY.flash_base, MEMORY.flash_base + 4096)
    board.call("run", 1)
    assert len(touched) == 23  # all of FORMS
    for address, (first, length) in seen.items():
        assert touched[address] == set(range(first, first + length)), hex(address)


@pytest.mark.parametrize(
    ("core", "function", "offset", "each"),
    [
        ("cortex-m4", "words", 0, 0),
        ("cortex-m4", "words", 1, 2),
        ("cortex-m4", "words", 2, 1),
        ("cortex-m3", "words", 3, 2),
        ("cortex-m4", "halves", 1, 1),
        ("cortex-m33", "words", 1, 1),
        ("cortex-m33", "halves", 1, 0.5),
        ("cortex-m7", "words", 1, 0.5),
    ],
)
def test_an_unaligned_access_is_split(core: str, function: str, offset: int, each: float) -> None:
    """DDI 0337, load/store timings: a word at a byte takes two cycles more, at a half word one."""
    board = machine(UNALIGNED, core)
    aligned = time_call(board, function, MEMORY.ram_base + 4096, flash=FREE)
    timed = time_call(board, function, MEMORY.ram_base + 4092 + offset, flash=FREE)
    assert timed.unaligned_cycles == 100 * each
    assert timed.cycles - aligned.cycles == pytest.approx(100 * each, abs=2)


def test_a_core_that_cannot_says_so() -> None:
    board = machine(UNALIGNED, "cortex-m0plus")
    assert time_call(board, "words", MEMORY.ram_base, flash=FREE).cycles > 0
    with pytest.raises(Refusal, match="not aligned, which a Cortex-M0\\+ cannot"):
        time_call(board, "words", MEMORY.ram_base + 2, flash=FREE)
