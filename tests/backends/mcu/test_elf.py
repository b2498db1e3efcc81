"""The ELF reader: what it finds in a real file, and that no broken one gets further than a word."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effprof.backends.mcu import elf
from effprof.ports import Refusal
from tests.backends.mcu.small import compiled

SOURCE = """
int table[3] = {1, 2, 3};
static const int fixed[4] = {4, 5, 6, 7};
int zeros[100];
__attribute__((noinline)) int first(int i) { return fixed[i & 3]; }
int second(int i) { return first(i) + table[i] + zeros[i]; }
"""


@pytest.fixture(scope="module")
def path() -> Path:
    return compiled(SOURCE, "cortex-m4")


def test_functions_sections_and_initial_values(path: Path) -> None:
    found = elf.read(path)
    second = found.symbol("second")
    assert second.kind == "function"
    assert second.address % 2 == 0
    assert found.function_at(second.address + 2) == second
    assert found.function_at(0x0700_0000) is None
    sections = {section.name: section for section in found.sections}
    assert sections[".bss"].size_bytes == 400
    assert not sections[".bss"].stored
    assert sections[".data"].size_bytes == 12
    assert sections[".text"].executable
    assert not sections[".rodata"].writable
    (data,) = [
        s for s in found.segments if s.data[:12] == bytes([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
    ]
    assert data.run_address != data.load_address


def test_a_name_that_is_not_there_names_near_ones(path: Path) -> None:
    with pytest.raises(Refusal, match="no symbol 'secnod'") as caught:
        elf.read(path).symbol("secnod")
    assert caught.value.kind == "request"
    assert "second" in caught.value.hint


@pytest.mark.parametrize(
    ("offset", "value", "word"),
    [
        (0, b"ELF", "not an ELF"),
        (4, b"\x02", "32-bit"),
        (18, b"\x3e\x00", "machine 62"),
        (16, b"\x01\x00", "not linked"),
        (28, b"\xff\xff\xff\xff", "broken"),
        (32, b"\xff\xff\xff\xff", "broken"),
        (42, b"\x01\x00", "too short"),
        (44, b"\xff\xff", "broken|outside|over"),
    ],
)
def test_each_wrong_header_is_named(path: Path, offset: int, value: bytes, word: str) -> None:
    raw = bytearray(path.read_bytes())
    raw[offset : offset + len(value)] = value
    with pytest.raises(Refusal, match=word) as caught:
        elf.parse(bytes(raw), "x.elf")
    assert caught.value.kind == "request"


def test_a_file_that_asks_for_the_whole_memory_is_refused(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    start = int.from_bytes(raw[28:32], "little")
    raw[start + 20 : start + 24] = b"\xff\xff\xff\x7f"
    with pytest.raises(Refusal, match=r"outside|over 256 MiB|broken"):
        elf.parse(bytes(raw), "x.elf")


@settings(max_examples=40)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(compiled(SOURCE, "cortex-m4").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    try:
        found = elf.parse(bytes(raw[:cut]), "x.elf")
    except Refusal:
        return
    assert all(len(segment.data) <= segment.size_bytes for segment in found.segments)
