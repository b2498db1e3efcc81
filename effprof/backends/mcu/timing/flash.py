"""The flash behind the core: wait states, read width, prefetch and caches, from the part's manual.

`flash.h` simulates it along the executed blocks and the data that is read: every line fetched,
every weight and literal. Nothing is fitted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from effprof.backends.mcu.firmware import MemoryMap

SPLIT = {"cortex-m3": 1, "cortex-m4": 1, "cortex-m33": 2, "cortex-m7": 3}
"""How a core splits an unaligned access (flash.h): the M3 and M4 by its size (their manuals,
"load/store timings"), the M33 where it crosses a word and the M7 where it crosses the 64 bits of
its data path. The M0+ has none."""
USUAL_CACHE = 2048  # where a manual says that there is a cache and not how large
M7_WAYS = (2, 4)  # of the instruction and the data cache, Cortex-M7 TRM (DDI 0489)


@dataclass(frozen=True, slots=True)
class Cache:
    """`ways`: 0 for one that holds any line anywhere."""

    size_bytes: int
    line_bytes: int
    ways: int = 0


@dataclass(frozen=True, slots=True)
class FlashTiming:
    """What one read costs and what is kept of it.

    `wait_states`: cycles that the core waits for a read; `width_bytes`: what one read brings.
    `code` is None where only the line read last is kept; `data` is None where data reads go to
    the flash each time they leave that line; `unified`: data is looked up in `code`.
    `whole_lines`: a miss fills a line with several reads, the wanted one first (a core's own
    cache); else a line is filled as far as it is read. `assumed`: what no fact said.
    """

    wait_states: int
    width_bytes: int
    prefetch: bool = False
    code: Cache | None = None
    data: Cache | None = None
    unified: bool = False
    whole_lines: bool = False
    assumed: tuple[str, ...] = ()

    def numbers(self, memory: MemoryMap, core: str) -> list[int]:
        """As `lay_out` in flash.h takes them."""
        line = Cache(self.width_bytes, self.width_bytes)
        code, data = self.code or line, self.data or line
        return [
            memory.flash_base,
            memory.flash_bytes,
            self.wait_states,
            self.width_bytes,
            self.wait_states + 1,
            int(self.prefetch),
            int(self.unified),
            int(self.data is not None or self.unified),
            1,
            int(self.whole_lines),
            *(code.size_bytes, code.line_bytes, code.ways),
            *(data.size_bytes, data.line_bytes, data.ways),
            SPLIT.get(core, 0),
        ]


NO_WAIT = FlashTiming(0, 8)


def flash_timing(board: Mapping[str, Any]) -> FlashTiming | None:
    """From the facts of a target, in base units; None where its wait states are not known.

    Read are `flash_wait_states`, `flash_width`, `flash_prefetch` (`enabled` or `none`),
    `flash_cache`, `flash_cache_line`, `flash_cache_ways`, `flash_cache_holds` (`instructions`,
    else both), `flash_data_cache`; of a Cortex-M7 `icache`, `dcache`, `cache_line`.
    """
    if (wait_states := board.get("flash_wait_states")) is None:
        return None
    assumed: list[str] = []
    width = int(board.get("flash_width") or 0)
    if not width:
        width = 8
        assumed.append("a read of flash brings 8 bytes")
    prefetch = board.get("flash_prefetch") == "enabled"
    if board.get("icache") or board.get("dcache"):
        # Prefetch belongs to the interface that these caches do not use.
        return _with_core_caches(board, int(wait_states), width, tuple(assumed))
    size = int(board.get("flash_cache") or 0)
    ways = int(board.get("flash_cache_ways") or 0)
    data = int(board.get("flash_data_cache") or 0)
    both = bool(size) and not data and board.get("flash_cache_holds") != "instructions"
    if not size and "flash_cache_holds" in board:
        size = USUAL_CACHE
        assumed.append(f"the cache of the flash has {USUAL_CACHE >> 10} KiB")
    return FlashTiming(
        int(wait_states),
        width,
        prefetch,
        _sectors(size, width, ways),
        _sectors(data, width, ways),
        unified=both,
        assumed=tuple(assumed),
    )


def _sectors(size: int, width: int, ways: int) -> Cache | None:
    """A flash interface fills its lines read by read, so each read is a line to the simulation."""
    return Cache(max(size, width), width, ways) if size else None


def _with_core_caches(
    board: Mapping[str, Any], wait_states: int, width: int, assumed: tuple[str, ...]
) -> FlashTiming:
    line = int(board.get("cache_line") or 32)
    code, data = int(board.get("icache") or 0), int(board.get("dcache") or 0)
    return FlashTiming(
        wait_states,
        width,
        code=Cache(code, line, M7_WAYS[0]) if code else None,
        data=Cache(data, line, M7_WAYS[1]) if data else None,
        whole_lines=True,
        assumed=assumed,
    )
