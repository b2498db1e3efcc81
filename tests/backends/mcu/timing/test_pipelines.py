"""Pipelines against loops of known length: from the manuals, and as measured by others on silicon.

Every figure is cycles of one pass through the loop's body, `subs` and `bne` included, and comes
from the source named beside it.
"""

from collections.abc import Sequence

import pytest

from effprof.backends.mcu.core import CORES
from effprof.backends.mcu.timing.cycles import block_cycles, decoded
from tests.backends.mcu.small import machine

FRAME = """.syntax unified
{fpu}
.thumb
.section .text
.p2align 4
.global run
.type run, %function
.thumb_func
run:
{before}
  b loop
.p2align 4
loop:
{body}
  subs r0, r0, #1
  bne loop
  bx r12
.size run, .-run
"""
POINT = """  mov r12, lr
  mov r1, sp
  subs r1, #128
  mov r2, r1
  mov r3, r1"""  # addresses that can be read

M0PLUS = [  # Cortex-M0+ TRM (DDI 0484), instruction set summary: subs 1, bne taken 2
    ("", 3),
    ("  adds r1, #1\n  lsls r2, r3, #1", 5),
    ("  ldr r4, [r1]", 5),
    ("  ldr r4, [r1]\n  str r4, [r2]", 7),
    ("  muls r4, r3", 4),
    ("  push {r4-r7}\n  pop {r4-r7}", 13),
    ("  ldm r1!, {r4-r7}\n  mov r1, r2", 9),
    ("  b 1f\n  nop\n1:", 5),
    ("  bl 2f\n  b 1f\n2: bx lr\n1:", 3 + 3 + 2 + 2),
]
M4 = [  # Cortex-M4 TRM (100166), load/store timings; bne taken 2: compendium.i-0.nl
    ("", 3),
    ("  ldr r4, [r1]\n  nop", 6),
    ("  ldr r4, [r1]\n  ldr r5, [r2]\n  nop", 7),
    ("  ldr.w r4, [r1]\n  ldr.w r5, [r2]\n  ldr.w r6, [r3, #4]\n  nop", 8),
    ("  ldr.w r4, [r1]\n  str.w r4, [r3, #20]\n  nop", 7),
    ("  ldr r1, [r1]\n  mov r1, r2\n  nop", 7),
    ("  ldrd r4, r5, [r1]\n  nop", 7),
    ("  ldm r1, {r4-r7}\n  nop", 9),
    ("  ldr.w r4, [r1, #4]\n  ldr r5, [r1], #8\n  nop\n  mov r1, r2", 3 + 2 + 1 + 2),
    ("  ldr r4, [r1], #4\n  ldr r5, [r1], #8\n  nop\n  mov r1, r2", 3 + 2 + 2 + 2),
    ("  smlad r4, r5, r6, r4\n  smlad r7, r5, r6, r7", 5),
    ("  smull r4, r5, r6, r7\n  mla r6, r4, r5, r6", 5),
    ("  add r1, r2, r3\n  ldr r4, [r1]\n  mov r1, r2\n  nop", 9),
    ("  vmul.f32 s0, s1, s2\n  vadd.f32 s3, s4, s5", 5),
    ("  vmul.f32 s0, s1, s2\n  vadd.f32 s3, s0, s5", 6),
    ("  vmla.f32 s0, s1, s2", 6),
    ("  vdiv.f32 s0, s1, s2", 17),
]
M3 = [  # Cortex-M3 TRM (DDI 0337), instruction set summary
    ("", 3),
    ("  mla r4, r5, r6, r4", 5),
    ("  mul r4, r5, r6", 4),
    ("  ldr r4, [r1]\n  nop", 6),
]
M33 = [  # measured on an RP2350, slothy-optimizer/slothy, targets/arm_v7m/cortex_m33.py: bne 3
    ("", 4),
    ("  add r1, r1, r2\n" * 8, 12),
    ("  ldr r4, [r1]\n  add r5, r5, r4", 4 + 3),
    ("  ldr r4, [r1]\n  add r5, r5, r3\n  add r5, r5, r4", 4 + 3),
    ("  mov r1, r2\n  ldr r4, [r1]", 4 + 2),
    ("  smlad r4, r5, r6, r4\n" * 4, 4 + 4),
    ("  mul r4, r4, r5\n" * 4, 4 + 2 * 4 - 1),
    ("  uadd16 r4, r4, r5\n" * 4, 4 + 2 * 4 - 1),
    ("  eor r4, r5, r4, ror #3\n" * 4, 4 + 2 * 4 - 1),
    ("  eor r4, r5, r4, lsl #3\n" * 4, 4 + 4),
    ("  ldrd r4, r5, [r1]", 4 + 2.2),
]
M7 = [  # LLVM's ARMScheduleM7.td: what is issued together; a taken branch is modelled as 1 more
    ("  add r1, r2, r3\n  add r4, r5, r6\n" * 4, 4 + 1 + 1),
    ("  add r4, r4, r6\n" * 4, 4 + 1 + 1),
    ("  ldr r4, [r1]\n  ldr r5, [r2]\n" * 4, 4 + 1 + 1),
    ("  smlad r4, r5, r6, r4\n  add r1, r2, r3\n" * 4, 4 + 1 + 1),
    ("  smlad r4, r5, r6, r4\n  smlad r7, r5, r6, r7\n" * 4, 8 + 1 + 1),
    ("  mul r4, r4, r5\n" * 4, 8 + 1),
]


def framed(body: str, core: str) -> str:
    fpu = ".fpu fpv4-sp-d16" if CORES[core].fpu else ""
    return FRAME.format(before=POINT, body=body, fpu=fpu)


def cycles(body: str, core: str) -> float:
    """Of one pass: the difference between many passes and fewer, so that entry and exit go out."""
    board = machine(framed(body, core), core, ".S")
    taken = []
    for passes in (1000, 2000):
        run = board.call("run", passes)
        taken.append(float(block_cycles(run, decoded(run, board.code), core).cycles.sum()))
    return (taken[1] - taken[0]) / 1000


def _cases() -> list[tuple[str, str, float]]:
    tables: dict[str, Sequence[tuple[str, float]]] = {
        "cortex-m0plus": M0PLUS,
        "cortex-m3": M3,
        "cortex-m4": M4,
        "cortex-m33": M33,
        "cortex-m7": M7,
    }
    return [(core, *case) for core, table in tables.items() for case in table]


@pytest.mark.parametrize(("core", "body", "known"), _cases())
def test_a_loop_of_known_length(core: str, body: str, known: float) -> None:
    assert cycles(body, core) == pytest.approx(known, rel=0.10)


def test_a_measured_power_function() -> None:
    """compendium.i-0.nl, branch timing: 19 and 16 cycles on an STM32L4, called with 2 and 3."""
    body = """.syntax unified
.thumb
.section .text
.p2align 2
  nop
.global power
.type power, %function
.thumb_func
power:
  mov r2, r0
  movs r0, #1
1: {first}
  subs r1, #1
  cmp r1, #0
  bne 1b
  bx lr
.size power, .-power
"""
    for first, known in (("mul r0, r0, r2", 19), ("add r0, r2", 16)):
        board = machine(body.format(first=first), "cortex-m4", ".S")
        run = board.call("power", 2, 3)
        total = (
            float(block_cycles(run, decoded(run, board.code), "cortex-m4").cycles.sum()) - 1
        )  # bx
        assert total == pytest.approx(known, rel=0.10), first


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"])
def test_a_division_is_a_range(core: str) -> None:
    board = machine(framed("  udiv r4, r5, r6", core), core, ".S")
    run = board.call("run", 100)
    low, nominal, high = (
        float(block_cycles(run, decoded(run, board.code), core, bias).cycles.sum())
        for bias in ("low", "nominal", "high")
    )
    assert low < nominal < high


def test_a_part_with_the_small_multiplier() -> None:
    from effprof.backends.mcu.timing.decode import decode
    from effprof.backends.mcu.timing.m0plus import M0Plus

    ops = decode(bytes.fromhex("5143"), 0)  # muls r1, r2
    assert M0Plus(slow_multiplier=True).run(ops, None)[0] == 32
    assert M0Plus().run(ops, None)[0] == 1
