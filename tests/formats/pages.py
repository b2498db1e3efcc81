"""Reports with all that a page can draw, and what gets a page wrong."""

from dataclasses import dataclass

from msgspec.structs import replace

from effprof.report.report import (
    BandwidthPart,
    BinPart,
    CeilingsPart,
    FirmwarePart,
    Metric,
    OperatorPart,
    Report,
)
from tests.formats.sample import FULL, TINY

HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>.onnx"


@dataclass(frozen=True)
class Sweep:
    batch: float
    throughput: float
    latency_p50: float


SWEEP = (
    Sweep(1, 100, 0.010),
    Sweep(2, 190, 0.0105),
    Sweep(4, 370, 0.0108),
    Sweep(8, 400, 0.02),
    Sweep(16, 410, 0.039),
)
RICH = replace(
    FULL,
    model=replace(FULL.model, name=HOSTILE),
    distribution=tuple(
        BinPart(0.007 * 1.01**at, 0.007 * 1.01 ** (at + 1), runs)
        for at, runs in enumerate((10, 200, 600, 40, 5, 0, 0, 60, 500, 40, 9))
    ),
    ceilings=CeilingsPart(
        98e9, (BandwidthPart(524288, 81e9), BandwidthPart(268435456, 21e9)), threads=2
    ),
    metrics={
        **FULL.metrics,
        "throughput.peak": Metric(410, "1/s", "measured", "clock", 400, 420, 620),
        "throughput.peak_batch": Metric(16, "1", "measured", "clock"),
    },
    sweep=tuple(
        {
            "batch": one.batch,
            "throughput": one.throughput,
            "low": 0.95 * one.throughput,
            "high": 1.05 * one.throughput,
            "latency_p50": one.latency_p50,
        }
        for one in SWEEP
    ),
    sustained=tuple(
        {"start": 5.0 * at, "seconds": 5.0, "throughput": 138.0 - at, "frequency_max_hz": 2.4e9}
        for at in range(8)
    ),
)
BOARD = replace(
    TINY,
    firmware=FirmwarePart(
        "effprof's own kernels",
        flash={"weights": 90000, "code": 43120},
        ram={"arena": 80000, "stack": 6016},
        fits=False,
        room={"size.flash": 1048576, "memory.ram": 65536},
        lacks=("needs 84 KiB of RAM, the part has 64 KiB",),
    ),
)


def faster(times: float, name: str, created: str) -> Report:
    """The same, at another place of the trade-off."""
    cheaper = {
        key: replace(
            metric,
            value=metric.value / factor,
            low=metric.low / factor if metric.low else None,
            high=metric.high / factor if metric.high else None,
        )
        for key, factor in (("latency.p90", times), ("latency.p50", times))
        for metric in (FULL.metrics[key],)
    }
    return replace(
        RICH,
        id=f"faster-{times}",
        created=created,
        model=replace(FULL.model, name=name),
        metrics={**RICH.metrics, **cheaper},
    )


def long(operators: int) -> Report:
    """With a graph of that many operators, and names as long as exporters make them."""
    return replace(
        RICH,
        operators=tuple(
            OperatorPart(f"/model/layers.{at}/mlp/down_proj/MatMul_output_0_quant", "MatMul",
                         1000 * at, 500 * at + 1, 1e-4, 1 / operators, "memory")
            for at in range(operators)
        ),
        trials=FULL.trials * 20,
    )  # fmt: skip
