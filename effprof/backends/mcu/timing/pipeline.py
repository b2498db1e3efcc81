"""The socket that each core's pipeline model fills, and which core has which."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from effprof.backends.mcu.timing.decode import Op

Bias = Literal["low", "nominal", "high"]
"""Where a manual gives a range (a division ends early), or measurements differ: which end."""


class Pipeline(Protocol):
    """States are values: what runs after a block begins with the state the block left."""

    def fresh(self) -> Any: ...

    def run(self, ops: Sequence[Op], state: Any) -> tuple[float, Any]:
        """Cycles until the operation after these could begin, and the state then."""
        ...

    def branch(self, last: Op, target: Op, state: Any) -> tuple[float, Any]:
        """Cycles to refill after `last` was taken to `target`, beyond its own."""
        ...

    @property
    def mispredicted(self) -> float:
        """Cycles lost by a branch that was predicted wrong; 0 for a core that predicts none."""
        ...


def pick(bias: Bias, low: float, nominal: float, high: float) -> float:
    return {"low": low, "nominal": nominal, "high": high}[bias]


def pipeline(core: str, bias: Bias = "nominal") -> Pipeline:
    """The model of this core, by its name in `core.CORES`."""
    from effprof.backends.mcu.timing.m0plus import M0Plus
    from effprof.backends.mcu.timing.m3m4 import M3M4
    from effprof.backends.mcu.timing.m7 import M7
    from effprof.backends.mcu.timing.m33 import M33

    models: dict[str, Pipeline] = {
        "cortex-m0plus": M0Plus(),
        "cortex-m3": M3M4(bias, dsp=False),
        "cortex-m4": M3M4(bias, dsp=True),
        "cortex-m7": M7(bias),
        "cortex-m33": M33(bias),
    }
    return models[core]
