"""Reports with the metrics a test wants, and nothing else of interest."""

from pathlib import Path

from msgspec.structs import replace

from effprof.base.metrics import CATALOGUE
from effprof.base.vocabulary import OriginName
from effprof.report import codec
from effprof.report.report import (
    HostPart,
    Metric,
    MissingPart,
    ModelPart,
    Report,
    ScenarioPart,
    TargetPart,
)
from effprof.report.save import save

GOLDEN = Path(__file__).parents[1] / "golden" / "report-1.json"


def finished(folder: Path) -> Path:
    """The golden report as a file, but of a measurement that came to its end, and of no board."""
    (golden,) = codec.load(GOLDEN)
    path = folder / "finished.json"
    save(codec.dump(replace(golden, unfinished=None, firmware=None)), path)
    return path


def metric(
    key: str,
    value: float,
    low: float | None = None,
    high: float | None = None,
    origin: OriginName = "measured",
) -> Metric:
    return Metric(value, CATALOGUE[key].unit, origin, "test", low, high)


def report(
    metrics: dict[str, Metric],
    *missing: MissingPart,
    name: str = "m.onnx",
    environment: str = "edge",
) -> Report:
    return Report(
        schema="effprof.report/1",
        effprof="0",
        id="0",
        created="2026-11-23T12:00:00Z",
        model=ModelPart(name, "onnx", "0" * 64, 1),
        target=TargetPart(environment, environment, "scripted", "0" * 64),
        host=HostPart("cpu", 1, 1, "Linux", "3.11", "0"),
        scenario=ScenarioPart("single-stream", 1, 1, 1, 0, 0),
        metrics=metrics,
        missing=missing,
    )
