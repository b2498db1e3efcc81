"""Reads a 32-bit Arm ELF executable: what is loaded where, and which name is at which address.

A user hands in any file, so every offset and count is held against the file's length before it is
used. Four fixed records of the ELF specification are read and nothing else, with no library.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from effprof.ports import Refusal

MOST_BYTES = 256 * 1024 * 1024  # of a file, and of all it asks to be loaded
LONGEST_NAME = 1000  # C++ has long ones
ARM, EXECUTABLE, LOAD, SYMBOLS, NO_BITS = 40, 2, 1, 2, 8


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes at their run-time and their load address; those past `data` start as zeros."""

    run_address: int
    load_address: int
    data: bytes
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section that takes memory. `stored`: its bytes are in flash, not made at start-up."""

    name: str
    address: int
    size_bytes: int
    writable: bool
    executable: bool
    stored: bool


@dataclass(frozen=True, slots=True)
class Symbol:
    """`address` is without the Thumb bit; `size_bytes` is 0 where the file does not say."""

    name: str
    address: int
    size_bytes: int
    kind: Literal["function", "object", "other"]


@dataclass(frozen=True, slots=True)
class Elf:
    name: str
    segments: Sequence[Segment]
    sections: Sequence[Section]
    symbols: Sequence[Symbol]
    _named: dict[str, Symbol] = field(repr=False)
    _functions: tuple[list[int], list[Symbol]] = field(repr=False)

    def symbol(self, name: str) -> Symbol:
        """The symbol of that name; a refusal names near ones."""
        if name not in self._named:
            raise Refusal("request", f"{self.name}: no symbol {name!r}", hint=self.near(name))
        return self._named[name]

    def has(self, name: str) -> bool:
        return name in self._named

    def near(self, name: str) -> str:
        """A hint: functions with names like it."""
        from difflib import get_close_matches

        functions = [symbol.name for symbol in self._functions[1]]
        near = get_close_matches(name, functions, n=3, cutoff=0.5) or functions[:3]
        return (
            f"functions in it: {', '.join(near)}" if near else "it has no functions: not stripped?"
        )

    def function_at(self, address: int) -> Symbol | None:
        """The function whose code holds this address."""
        addresses, symbols = self._functions
        index = bisect_right(addresses, address) - 1
        if index < 0:
            return None
        found = symbols[index]
        inside = not found.size_bytes or address < found.address + found.size_bytes
        return found if inside else None


def read(path: Path) -> Elf:
    """The executable at this path; a refusal says what is wrong with it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refusal("request", f"{path.name}: over {MOST_BYTES >> 20} MiB, no firmware")
        return parse(path.read_bytes(), path.name)
    except OSError as error:
        raise Refusal("request", f"{path.name}: {error.strerror}") from error


def parse(raw: bytes, name: str) -> Elf:
    try:
        return _parse(raw, name)
    except (struct.error, IndexError) as error:
        raise Refusal(
            "request", f"{name}: a broken ELF file: it ends before a table it names", "is it whole?"
        ) from error


def _parse(raw: bytes, name: str) -> Elf:
    if raw[:4] != b"\x7fELF":
        raise Refusal("request", f"{name}: not an ELF file")
    if raw[4:6] != b"\x01\x01":
        raise Refusal("request", f"{name}: not a 32-bit little-endian ELF, so not for a Cortex-M")
    kind, machine, _, _, programs, sections, _, _, psize, pcount, ssize, scount, names = (
        struct.unpack_from("<HHIIIIIHHHHHH", raw, 16)
    )
    if machine != ARM:
        raise Refusal("request", f"{name}: built for machine {machine}, not Arm ({ARM})")
    if kind != EXECUTABLE:
        raise Refusal("request", f"{name}: not linked to addresses (type {kind})", "link it first")
    if (pcount and psize < 32) or (scount and ssize < 40):
        raise Refusal("request", f"{name}: a broken ELF file: header entries are too short")
    headers = [struct.unpack_from("<IIIIIIIIII", raw, sections + ssize * i) for i in range(scount)]
    symbols = tuple(_symbols(raw, headers))
    functions = sorted((s for s in symbols if s.kind == "function"), key=lambda s: s.address)
    return Elf(
        name,
        tuple(_segments(raw, name, programs, psize, pcount)),
        tuple(_sections(raw, headers, names)),
        symbols,
        {symbol.name: symbol for symbol in symbols},
        ([symbol.address for symbol in functions], functions),
    )


def _segments(raw: bytes, name: str, start: int, size: int, count: int) -> Iterator[Segment]:
    total = 0
    for index in range(count):
        kind, offset, run, load, stored, memory, _, _ = struct.unpack_from(
            "<IIIIIIII", raw, start + size * index
        )
        if kind != LOAD or not memory:
            continue
        total += memory
        if stored > memory or offset + stored > len(raw) or run + memory > 1 << 32:
            raise Refusal("request", f"{name}: a broken ELF file: segment {index} ends outside")
        if total > MOST_BYTES:
            raise Refusal("request", f"{name}: asks for over {MOST_BYTES >> 20} MiB of memory")
        yield Segment(run, load, raw[offset : offset + stored], memory)


def _sections(raw: bytes, headers: list[tuple[int, ...]], names: int) -> Iterator[Section]:
    table = _table(raw, headers, names)
    for name, kind, flags, address, _, size, *_ in headers:
        if flags & 2 and size:
            title = _text(table, name)
            yield Section(title, address, size, bool(flags & 1), bool(flags & 4), kind != NO_BITS)


def _symbols(raw: bytes, headers: list[tuple[int, ...]]) -> Iterator[Symbol]:
    kinds: dict[int, Literal["function", "object"]] = {1: "object", 2: "function"}
    # The specification allows one table; a file with thousands would be read thousands of times.
    tables = [header for header in headers if header[1] == SYMBOLS and header[9] >= 16]
    for _, _, _, _, offset, size, link, _, _, step in tables[:1]:
        table = _table(raw, headers, link)
        for at in range(offset, min(offset + size, len(raw)) - 15, step):
            name, value, extent, info, _, index = struct.unpack_from("<IIIBBH", raw, at)
            text = _text(table, name)
            if not text or text.startswith("$") or index == 0:
                continue
            what: Literal["function", "object", "other"] = kinds.get(info & 15, "other")
            yield Symbol(text, value & ~1 if what == "function" else value, extent, what)


def _table(raw: bytes, headers: list[tuple[int, ...]], index: int) -> bytes:
    if index >= len(headers):
        return b""
    _, _, _, _, offset, size, *_ = headers[index]
    return raw[offset : offset + size]


def _text(table: bytes, start: int) -> str:
    end = table.find(b"\0", start, start + LONGEST_NAME)
    return table[start : end if end >= 0 else start].decode("utf-8", "replace")
