"""What a build answers: an ELF, how to feed it, and what lies where."""

from dataclasses import dataclass
from pathlib import Path

from effprof.base.quantity import show
from effprof.ports import Refusal


class NoRoom(Refusal):
    """Firmware larger than the memory it was built for; `needed_bytes`: at least, if known."""

    def __init__(self, region: str, has_bytes: int, needed_bytes: int | None = None) -> None:
        needs = f"it needs {show(needed_bytes, 'B')} at least, " if needed_bytes else ""
        super().__init__(
            "request",
            f"the firmware does not fit in the {region} of the memory map: "
            f"{needs}there are {show(has_bytes, 'B')}",
            "a smaller model, or a part with more",
        )


@dataclass(frozen=True, slots=True)
class MemoryMap:
    """Where flash and RAM of a part lie, in bytes; the stack grows down from the end of RAM."""

    flash_base: int
    flash_bytes: int
    ram_base: int
    ram_bytes: int
    stack_bytes: int = 4096  # kept free by the linker script, filled by no one


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output: `symbol` is the C array it lies in, inside the arena."""

    name: str
    symbol: str
    dtype: str  # numpy's name
    shape: tuple[int, ...]
    scale: float  # 0.0 where the tensor is not quantised
    zero_point: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Layer:
    """One operator of the model, in order of execution; `symbol` is its own noinline function."""

    index: int
    type: str  # CONV_2D
    name: str  # of the tensor it makes, as in the model
    symbol: str | None  # None where nothing is executed: a reshape in place
    macs: int
    shape: tuple[int, ...]  # of its first output


@dataclass(frozen=True, slots=True)
class Sections:
    """Bytes of the ELF's parts: `weights`, `code`, `rodata` and `data` take flash."""

    weights: int
    code: int
    rodata: int
    data: int
    bss: int

    @property
    def flash_bytes(self) -> int:
        """Initial values of `data` are kept in flash too."""
        return self.weights + self.code + self.rodata + self.data


@dataclass(frozen=True, slots=True)
class Firmware:
    """A finished build. `arena_bytes` includes scratch; the bound is what no plan can go below."""

    elf: Path
    entry: str  # void entry(void): one inference, from the input arrays to the output arrays
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    layers: tuple[Layer, ...]
    arena_bytes: int
    scratch_bytes: int  # the most that any one layer needs, inside the arena
    liveness_bound_bytes: int  # most bytes alive at once over the layers, scratch included
    sections: Sections
