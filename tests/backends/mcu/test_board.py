"""A board from its facts: which make one, and what is wrong with the others."""

from typing import Any

import pytest

from effprof.backends.mcu.board import board
from effprof.ports import Refusal

FACTS: dict[str, Any] = {
    "core": "cortex-m4",
    "clock": 100e6,
    "memory_map": "flash 0x08000000 1024 KiB, ram 0x20000000 128 KiB, ccm 0x10000000 64 KiB",
}


def test_regions_by_name() -> None:
    made = board({"board": FACTS})
    assert (made.memory.flash_base, made.memory.flash_bytes) == (0x0800_0000, 1 << 20)
    assert (made.memory.ram_base, made.memory.ram_bytes) == (0x2000_0000, 128 << 10)
    assert [(one.name, one.writable) for one in made.more] == [("ccm", True)]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("core", "cortex-m55", "'cortex-m55' is not emulated"),
        ("core", None, "does not state the core"),
        ("clock", None, "does not state the clock"),
        ("clock", "fast", "clock: fast is not within 1,000"),
        ("clock", 1e-300, "clock: 1e-300 is not within 1,000 to 10,000,000,000 (Hz)"),
        ("clock", 1e300, "clock: 1e+300 is not within"),
        ("flash_wait_states", -1.0, "flash_wait_states: -1 is not within 0"),
        ("flash_wait_states", 2.5, "flash_wait_states: 2.5 is no whole number"),
        ("flash_wait_states", 1e9, "flash_wait_states: 1e+09 is not within"),
        ("flash_width", 0.0, "flash_width: 0 is not within 1"),
        ("flash_cache", 1e15, "flash_cache: 1e+15 is not within"),
        ("memory_map", None, "does not state the memory map"),
        ("memory_map", "", "'' is no region"),
        ("memory_map", "flash 0x0 1 MiB", "is no region"),
        ("memory_map", "flash 0x0 64 KiB", "there is no ram"),
        ("memory_map", "flash 0x0 64 KiB, ram 0xFFFFFC00 2 KiB", "below 4 GiB"),
        ("memory_map", "flash 0x0 64 KiB, ram 0x20000000 999999 KiB", "is not 1 KiB to 64 MiB"),
        ("memory_map", "flash 0x0 0 KiB, ram 0x20000000 8 KiB", "is not 1 KiB to 64 MiB"),
        ("memory_map", "flash 0x0 64 KiB, flash 0x8000000 64 KiB", "flash is there twice"),
        ("memory_map", ", ".join(f"r{i} 0x{i:x}000 1 KiB" for i in range(17)), "one over 16"),
        ("memory_map", "flash 0x0 64 KiB, ram 0xFC00 8 KiB", "flash and ram overlap"),
        ("memory_map", "x" * 100_000, "is no region"),
    ],
)
def test_facts_that_make_none(key: str, value: Any, said: str) -> None:
    facts = {name: fact for name, fact in (FACTS | {key: value}).items() if fact is not None}
    with pytest.raises(Refusal) as caught:
        board({"board": facts})
    assert said in caught.value.message
    assert len(caught.value.message) < 200
    assert caught.value.kind == "request"
