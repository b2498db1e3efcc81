"""The compiled search against the package that it is a part of."""

import subprocess
import sys
from random import Random

import numpy as np
import pytest

from effprof.base.errors import LackingError
from effprof.history import partition


def test_it_is_what_ruptures_itself_finds() -> None:
    assert partition._compiled() is not None  # noqa: SLF001
    for seed in range(10):
        rng = Random(seed)
        levels = [rng.choice((0.0, 3.0)) for _ in range(8)]
        values = np.array([rng.gauss(one, 1.0) for one in levels for _ in range(9)])
        found = partition.partition(values, 12.0, 3)
        assert found == partition._by_package(values, 12.0, 3)  # noqa: SLF001
        assert found or len(set(levels)) == 1


def test_a_package_of_another_shape_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    partition._compiled.cache_clear()  # noqa: SLF001
    monkeypatch.setattr(partition, "_PLACE", "elsewhere")
    values = np.repeat([0.0, 9.0], 10)
    assert partition.partition(values, 5.0, 3) == [10]
    partition._compiled.cache_clear()  # noqa: SLF001


def test_without_ruptures_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    partition._compiled.cache_clear()  # noqa: SLF001
    monkeypatch.setattr(partition, "find_spec", lambda _: None)
    with pytest.raises(LackingError, match="ruptures"):
        partition.partition(np.zeros(9), 5.0, 3)


def test_the_rest_of_ruptures_is_not_imported() -> None:
    code = (
        "import sys; from effprof.history.steps import steps\n"
        "assert steps([0.0, 0.1] * 9 + [5.0] * 9); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"ruptures", "scipy.stats", "scipy.signal"} & set(done.stdout.split())
