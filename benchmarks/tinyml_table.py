"""The closing table of emulated boards by models, as Markdown, and what was aimed at beside it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("README.md")
BETWEEN = re.compile(r"(?<=<!-- tinyml -->\n).*?(?=<!-- /tinyml -->)", re.DOTALL)
Told = Mapping[str, Any]

NEAR, NEAR_MODELS = 1.25, 2
ARENA, FLASH, PROGRAM_BYTES = 1.05, 1.15, 20_000
MIPS = 200.0
COLD_S, COLD_KWS_S, CACHED_S = 60.0, 20.0, 3.0


def markdown(saved: Told) -> str:
    """Of what `python -m benchmarks.tinyml --save` kept."""
    host = ", ".join(f"{key} {value}" for key, value in saved["host"].items())
    parts = [_cells(saved["cells"]), _seconds(saved["seconds"]), _goals(saved)]
    return "\n".join([f"Host: {host}.\n", *parts])


def put(text: str, page: Path = PAGE) -> None:
    """Between the markers of the page."""
    page.write_text(BETWEEN.sub(lambda _: text, page.read_text(encoding="utf-8")), encoding="utf-8")


def _cells(cells: Sequence[Told]) -> str:
    head = (
        "board", "model", "emulated, ms (band)", "published, ms: best / median / worst (n)",
        "x best", "x median", "arena, B (bound)", "flash, B (weights)", "MIPS", "seconds",
    )  # fmt: skip
    return _table(head, [_cell(one) for one in cells])


def _cell(one: Told) -> tuple[str, ...]:
    others = one["published"]
    latency = f"{_ms(one['latency_s'])} ({_ms(one['low_s'])} to {_ms(one['high_s'])})"
    beside = (
        (
            f"{_ms(others['best'])} / {_ms(others['median'])} / {_ms(others['worst'])}"
            f" ({others['count']})",
            f"{one['latency_s'] / others['best']:.2f}",
            f"{one['latency_s'] / others['median']:.2f}",
        )
        if others
        else ("none", "", "")
    )
    return (
        one["board"],
        one["task"],
        latency,
        *beside,
        f"{one['arena_bytes']:,} ({one['bound_bytes']:,})",
        f"{one['flash_bytes']:,} ({one['weight_bytes']:,})",
        f"{one['mips']:.0f}",
        f"{one['seconds']:.1f}",
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.3g}" if seconds < 1 else f"{seconds * 1e3:,.0f}"


def _seconds(rows: Sequence[Told]) -> str:
    """Empty where the converters are not set up."""
    if not rows:
        return ""
    head = ("from ONNX on nucleo-l4r5zi", "cold, s", "emulated again, s", "all kept, s")
    keys = ("cold_s", "emulated_s", "cached_s")
    return _table(head, [(one["task"], *(f"{one[key]:.1f}" for key in keys)) for one in rows])


def _goals(saved: Told) -> str:
    head = ("aim", "found", "verdict")
    goals = (*_kernels(saved["cells"]), *_sizes(saved["cells"]), *_speed(saved["seconds"]))
    return _table(head, [(aim, found, "held" if good else "SHORT") for aim, found, good in goals])


def _kernels(cells: Sequence[Told]) -> Iterator[tuple[str, str, bool]]:
    known = [one for one in cells if one["published"]]
    if not known:
        return
    over = [one for one in known if one["latency_s"] > one["published"]["median"]]
    named = ", ".join(f"{one['task']} on {one['board']}" for one in over)
    yield (
        "latency at most the published median, each board and model",
        f"{len(known) - len(over)} of {len(known)}{f'; over it: {named}' if over else ''}",
        not over,
    )
    near = {one["board"]: 0 for one in known}
    for one in known:
        near[one["board"]] += one["latency_s"] <= NEAR * one["published"]["best"]
    told = ", ".join(f"{board} {count}" for board, count in near.items())
    yield (
        f"within {NEAR:g} x the published best on {NEAR_MODELS} models, each board",
        told,
        min(near.values()) >= NEAR_MODELS,
    )


def _sizes(cells: Sequence[Told]) -> Iterator[tuple[str, str, bool]]:
    arena = max(one["arena_bytes"] / one["bound_bytes"] for one in cells)
    yield "arena within 5 % of the liveness bound", f"at most {arena - 1:.1%} over", arena <= ARENA
    flash = max(one["flash_bytes"] / (FLASH * one["weight_bytes"] + PROGRAM_BYTES) for one in cells)
    yield (
        "flash at most 1.15 x the model's constants + 20 KB",
        f"at most {flash:.0%} of that",
        flash <= 1,
    )
    executed = sum(one["instructions"] for one in cells)
    speed = executed / sum(one["instructions"] / one["mips"] for one in cells)
    slowest = min(one["mips"] for one in cells)
    yield (
        "emulation over 200 million instructions a second",
        f"{speed:.0f} over all of them, {slowest:.0f} for the slowest",
        speed > MIPS,
    )


def _speed(rows: Sequence[Told]) -> Iterator[tuple[str, str, bool]]:
    if not rows:
        return
    cold = {one["task"]: one["cold_s"] for one in rows}
    yield "`measure` from ONNX, kws: 20 s", f"{cold['kws']:.1f} s", cold["kws"] < COLD_KWS_S
    largest_s = max(cold.values())
    yield "the slowest of the four: 60 s", f"{largest_s:.1f} s", largest_s < COLD_S
    for key, aim in (("emulated_s", "the build kept, emulated again"), ("cached_s", "all kept")):
        slowest_s = max(one[key] for one in rows)
        yield f"{aim}: {CACHED_S:g} s", f"{slowest_s:.1f} s", slowest_s < CACHED_S


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
