from effprof.base.pareto import knee_of_sweep


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
    assert knee_of_sweep(rows) == 4


def test_none_where_nothing_bends() -> None:
    assert knee_of_sweep([]) is None
    assert knee_of_sweep([row(1, 100, 0.01), row(2, 150, 0.0133)]) is None
    assert knee_of_sweep([{"batch": 1.0}]) is None
    assert knee_of_sweep([row(n, 100 * n, 0.01 * n) for n in (1, 2, 4, 8)]) is None
