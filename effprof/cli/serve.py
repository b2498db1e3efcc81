"""What `effprof monitor` serves to Prometheus: the newest report of each target, and its rounds."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from effprof.base.errors import LackingError, reason
from effprof.cli.rounds import Board
from effprof.formats.families import PREFIX, Values, families, family


class Served(Collector):
    """Asked anew by every scrape; the board is filled by the rounds meanwhile."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def collect(self) -> Iterable[Metric]:
        board = self._board
        yield from families(list(board.newest.values()))
        yield from self._changes()
        for name, about, value in (
            ("measurements", "measurements that came to their end", board.measured),
            ("failures", "measurements that did not", board.failed),
        ):
            yield CounterMetricFamily(f"{PREFIX}_monitor_{name}", about, value=value)
        about = "reports that could not be kept yet"
        yield GaugeMetricFamily(f"{PREFIX}_monitor_waiting", about, value=board.unkept)

    def _changes(self) -> Iterator[Metric]:
        found = dict(self._board.changes)
        names = ("target", "metric")
        ratios: Values = {key: one.ratio for key, one in found.items() if one.ratio is not None}
        told = "newest change of the metric's level, new over old"
        yield family(f"{PREFIX}_change", told, names, ratios, "ratio")
        whens: Values = {
            key: datetime.fromisoformat(one.after.created).timestamp() for key, one in found.items()
        }
        told = "first report known to be behind that change, since 1970"
        yield family(f"{PREFIX}_change_timestamp", told, names, whens, "seconds")


@contextmanager
def serving(board: Board, address: str, port: int) -> Iterator[str]:
    """The URL; stopped on the way out."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Served(board))
    try:
        server, thread = start_http_server(port, addr=address, registry=registry)
    except (OSError, OverflowError) as bad:
        raise LackingError(
            f"{address}, port {port}: cannot be served on: {reason(bad)}",
            hint="--port 0 takes one that is free",
        ) from bad
    try:
        shown = f"[{address}]" if ":" in address else address
        yield f"http://{shown}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
