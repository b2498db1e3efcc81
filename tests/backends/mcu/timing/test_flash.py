"""The flash: read from a part's facts, simulated along code and data whose lines can be counted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from effprof import target
from effprof.backends.mcu.core import CORES
from effprof.backends.mcu.timing.flash import Cache, FlashTiming, flash_timing
from effprof.backends.mcu.timing.timing import Timing, time_call
from tests.backends.mcu.small import MEMORY, machine

LINES = 64
STRAIGHT = (
    ".syntax unified\n.thumb\n.p2align 5\n.global run\n.type run, %function\n.thumb_func\nrun:\n"
)
CODE = STRAIGHT + "  adds r0, #1\n" * (LINES * 4 - 1) + "  bx lr\n.size run, .-run\n"
READS = r"""
#include <stdint.h>
static const int8_t weights[4096] __attribute__((aligned(32))) = {1};
int read(int stride) {
    int sum = 0;
    for (int i = 0; i < 4096; i += stride) sum += ((volatile const int8_t *)weights)[i];
    return sum;
}
int twice(int stride) { return read(stride) + read(stride); }
"""


def straight(flash: FlashTiming) -> Timing:
    """64 lines of 8 bytes, each executed once."""
    return time_call(machine(CODE, "cortex-m4", ".S"), "run", flash=flash)


def reading(flash: FlashTiming, stride: int, function: str = "read") -> Timing:
    return time_call(machine(READS, "cortex-m4"), function, stride, flash=flash)


def stalls(found: float | None) -> float:
    assert found is not None
    return found


def test_every_line_waits_where_nothing_is_fetched_ahead() -> None:
    assert stalls(straight(FlashTiming(5, 8)).fetch_stalls) == LINES * 5
    assert stalls(straight(FlashTiming(3, 16)).fetch_stalls) == LINES / 2 * 3
    assert stalls(straight(FlashTiming(0, 8)).fetch_stalls) == 0


def test_prefetch_hides_what_the_core_takes_meanwhile() -> None:
    """Four cycles a line: of five wait states one is left, of three none."""
    assert stalls(straight(FlashTiming(5, 8, prefetch=True)).fetch_stalls) == pytest.approx(
        LINES - 1 + 5, abs=2
    )
    assert stalls(straight(FlashTiming(3, 8, prefetch=True)).fetch_stalls) == pytest.approx(
        3, abs=1
    )


def test_a_loop_in_the_cache_waits_once() -> None:
    cached = FlashTiming(5, 8, code=Cache(1024, 8), data=Cache(256, 8))
    with_cache = reading(cached, 1)
    assert stalls(with_cache.fetch_stalls) < 100
    bare = reading(FlashTiming(5, 8, data=Cache(256, 8)), 1)
    assert stalls(bare.fetch_stalls) > 4096 * 5


@pytest.mark.parametrize("stride", [1, 4, 8, 32])
def test_streamed_weights_wait_once_a_word_of_the_flash(stride: int) -> None:
    flash = FlashTiming(5, 8, code=Cache(1024, 8), data=Cache(256, 8))
    words = 4096 // max(stride, 8)
    assert stalls(reading(flash, stride).read_stalls) == words * 5


def test_data_that_fits_waits_once_and_data_that_does_not_twice() -> None:
    large = FlashTiming(4, 16, code=Cache(8192, 16, 2), unified=True)
    small = FlashTiming(4, 16, code=Cache(2048, 16, 2), unified=True)
    once = stalls(reading(large, 1).read_stalls)
    assert once == 4096 / 16 * 4
    assert stalls(reading(large, 1, "twice").read_stalls) < once + 40
    assert stalls(reading(small, 1, "twice").read_stalls) == 2 * once


def test_a_whole_line_comes_with_its_first_miss() -> None:
    """32 bytes by two reads of 16: the core waits for the first, the second is on its way."""
    code, data = Cache(16384, 32, 2), Cache(16384, 32, 4)
    two = FlashTiming(6, 16, code=code, data=data, whole_lines=True)
    four = FlashTiming(6, 8, code=code, data=data, whole_lines=True)
    assert stalls(reading(two, 1).read_stalls) == 4096 / 32 * 6
    assert stalls(reading(four, 1).read_stalls) == pytest.approx(4096 / 32 * 6, abs=20)
    assert stalls(reading(four, 32).read_stalls) > 4096 / 32 * 12  # behind the line before


def test_stalls_belong_to_the_layer_that_waits_and_add_up() -> None:
    board = machine(READS, "cortex-m4")
    board.mark(["read", "twice"])
    timed = time_call(board, "twice", 1, flash=FlashTiming(5, 8), groups=2)
    total = stalls(timed.fetch_stalls) + stalls(timed.read_stalls)
    assert sum(share.flash_stalls for share in timed.groups) == pytest.approx(total)
    assert sum(share.cycles for share in timed.groups) == pytest.approx(timed.cycles)
    assert sum(share.instructions for share in timed.groups) == timed.instructions
    assert timed.cycles == pytest.approx(timed.core_cycles + total)
    own = sum(share.cycles for share in timed.functions.values())
    assert own == pytest.approx(timed.core_cycles)
    assert timed.low < timed.cycles < timed.high


def test_an_unknown_flash_widens_the_band_and_says_nothing_of_stalls() -> None:
    known = time_call(machine(READS, "cortex-m4"), "read", 1, flash=FlashTiming(0, 8))
    unknown = time_call(machine(READS, "cortex-m4"), "read", 1, flash=None)
    assert unknown.fetch_stalls is None
    assert unknown.read_stalls is None
    assert unknown.high > known.high * 1.15


def test_the_same_call_takes_the_same() -> None:
    once, again = (straight(FlashTiming(5, 8, prefetch=True)) for _ in range(2))
    assert once.cycles == again.cycles
    assert np.array_equal(once.run.blocks, again.run.blocks)


BOARDS = [
    path.stem
    for path in sorted((Path(__file__).parents[4] / "targets").glob("*.yaml"))
    if "means: emulate" in path.read_text()
]
FACTS: list[tuple[str, dict[str, Any]]] = [
    ("nucleo-l4r5zi", {"wait_states": 5, "width_bytes": 8, "prefetch": True, "unified": False}),
    ("nucleo-u575zi-q", {"wait_states": 4, "width_bytes": 16, "unified": True}),
    ("nucleo-g0b1re", {"wait_states": 2, "unified": False, "data": None}),
    ("stm32f746g-disco", {"width_bytes": 32, "prefetch": False, "whole_lines": True}),
    ("rp2040", {"code": Cache(16384, 8, 2), "unified": True}),
]


@pytest.mark.parametrize(("name", "says"), FACTS)
def test_the_flash_of_a_board_is_what_its_manual_says(name: str, says: dict[str, Any]) -> None:
    found = flash_timing(target.load(name).plain_facts())
    assert found is not None
    assert {key: getattr(found, key) for key in says} == says


def test_wait_states_nobody_knows_stay_unknown() -> None:
    assert flash_timing({"flash_width": 16.0}) is None
    found = flash_timing({"flash_wait_states": 3.0})
    assert found is not None
    assert any("8 bytes" in text for text in found.assumed)


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_can_be_simulated(name: str) -> None:
    facts = target.load(name).plain_facts()
    core = str(facts["core"])
    assert core in CORES
    board = machine(READS, core)
    timed = time_call(board, "read", 1, flash=flash_timing(facts))
    assert timed.low <= timed.cycles <= timed.high
    assert board.memory == MEMORY
