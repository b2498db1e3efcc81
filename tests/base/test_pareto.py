from effprof.judge.sweep import knee


def row(batch: float, throughput: float, latency_s: float) -> dict[str, float]:
    return {"batch": batch, "throughput": throughput, "latency_p50": latency_s}


def test_the_batch_where_throughput_stops_growing() -> None:
    rows = [
        row(1, 100, 0.01),
        row(2, 190, 0.0105),
        row(4, 370, 0.0108),
        row(8, 400, 0.02),
        row(16, 410, 0.039),
        row(32, 405, 0.079),  # slower and no more served: beaten
    ]
    assert knee(rows) == 4


def test_none_where_nothing_bends() -> None:
    assert knee([]) is None
    assert knee([row(1, 100, 0.01), row(2, 150, 0.0133)]) is None
    assert knee([{"batch": 1.0}]) is None
    assert knee([row(n, 100 * n, 0.01 * n) for n in (1, 2, 4, 8)]) is None
