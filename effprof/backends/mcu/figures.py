"""What was executed, as measurements: one value each, for emulation is deterministic."""

from effprof.backends.mcu.board import Board
from effprof.backends.mcu.timing.flash import FlashTiming
from effprof.backends.mcu.timing.timing import UNKNOWN_FLASH, Share, Timing
from effprof.base.records import Caution, Measurement, Missing, OperatorCycles, Origin

LATENCIES = ("p50", "p90", "p95", "p99", "mean", "min", "max")
NO_JITTER = "emulation is deterministic and knows no interrupts: every run takes the same"


def latency(timed: Timing, board: Board, kernels: str) -> list[Measurement | Missing]:
    """Cycles, and every statistic of the time they take: one value, one band."""
    source = _source(timed, board)
    cycles = Measurement(
        "compute.cycles",
        timed.cycles,
        Origin.EMULATED,
        source,
        low=timed.low,
        high=timed.high,
        scope=f"one inference of {kernels}",
    )
    times = [
        Measurement(
            f"latency.{statistic}",
            timed.cycles / board.clock_hz,
            Origin.EMULATED,
            source,
            low=timed.low / board.clock_hz,
            high=timed.high / board.clock_hz,
            scope=kernels,
        )
        for statistic in LATENCIES
    ]
    rate = Measurement(
        "throughput.items",
        board.clock_hz / timed.cycles,
        Origin.EMULATED,
        source,
        low=board.clock_hz / timed.high,
        high=board.clock_hz / timed.low,
    )
    count = counted("compute.instructions", timed.instructions, "emulator:unicorn")
    return [cycles, count, *times, rate, Missing("latency.jitter", NO_JITTER)]


def _source(timed: Timing, board: Board) -> str:
    """Which models turned instructions into cycles."""
    flash = "flash of its manual" if timed.fetch_stalls is not None else "flash unknown"
    return f"emulator:unicorn, timing of {board.core.name}, {flash}"


def share(name: str, kind: str, one: Share, macs: int | None = None) -> OperatorCycles:
    return OperatorCycles(name, kind, one.cycles, one.instructions, macs, dict(one.mix))


def cautions(timed: Timing, flash: FlashTiming | None) -> list[Caution]:
    """What the board's facts leave open, and what the firmware asked of it in vain."""
    found = []
    if flash is None:
        found.append(
            Caution(
                "flash-unknown",
                "the wait states of this part's flash are not known: latency leaves them out and "
                f"its band goes {UNKNOWN_FLASH * 100:.0f} % further up",
                "add flash_wait_states, with its source, under facts: in the target's YAML",
            )
        )
    elif flash.assumed:
        found.append(
            Caution(
                "flash-assumed",
                f"the target does not say it, so it was assumed: {'; '.join(flash.assumed)}",
                "add it, with its source, under facts: in the target's YAML",
            )
        )
    found += _unfollowed(timed)
    found += _stack(timed)
    if touched := timed.run.touched:
        first = touched[0]
        found.append(
            Caution(
                "peripheral-touched",
                f"{first.function} used address {first.address:#x}, where there is no memory; "
                f"reads there answered zero ({len(touched)} such places)",
                "run a function that computes, not one that waits for hardware",
            )
        )
    return found


def _unfollowed(timed: Timing) -> list[Caution]:
    """The second pass needs a hook in C: what it alone sees is not in the figures."""
    if timed.stack_reach_bytes is not None:
        return []
    return [
        Caution(
            "flash-unfollowed",
            "the emulator's hook could not be compiled on this machine: waits for the flash and "
            "unaligned accesses are not counted",
            "pip install --force-reinstall ziglang, whose clang compiles it",
        )
    ]


def _stack(timed: Timing) -> list[Caution]:
    """Paint tells of the bytes that were written, the pointer also of those that were not."""
    room_bytes, reach_bytes = timed.run.stack_room_bytes, timed.stack_reach_bytes
    if reach_bytes is None:
        reach_bytes = timed.run.stack_bytes + 1 if timed.run.stack_bytes >= room_bytes else 0
    if reach_bytes <= room_bytes:
        return []
    return [
        Caution(
            "stack-overflow",
            f"the stack went down {reach_bytes} bytes, {room_bytes} are free above the last "
            "variable: it ran over variables, and figures and answers are not to be trusted",
            "keep large arrays off the stack, or leave it more RAM",
        )
    ]


def counted(metric: str, value: float, source: str, scope: str | None = None) -> Measurement:
    """A count or a size, which the emulator or the linked image states without a band."""
    return Measurement(metric, float(value), Origin.EMULATED, source, scope=scope)
