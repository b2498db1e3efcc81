"""Reports as text that Prometheus and its kin read: for a push gateway or a textfile collector."""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

from effprof.formats.families import families
from effprof.report.bundle import Bundle
from effprof.report.report import Report


class Saved(Collector):
    """Families of saved reports; `effprof monitor` serves the same of its newest ones."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self._reports = reports

    def collect(self) -> Iterable[Metric]:
        return families(self._reports)


def openmetrics(bundle: Bundle) -> str:
    """Of two reports of the same model, target and settings the later one counts."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Saved(bundle.reports))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text.decode()
