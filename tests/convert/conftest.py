"""Converters that are set up, and a cache of each test's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from effprof import environment
from effprof.base.folders import data_folder
from effprof.convert import Limits, Source
from effprof.model.dims import settle
from effprof.model.inputs import make_feeds
from effprof.model.open import open_model
from effprof.worker.feed import arrays

LIMITS = Limits(240.0)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, with the environments that `make test` has made."""
    made = data_folder().absolute() / "environments"
    own = tmp_path / "data"
    own.mkdir()
    (own / "environments").symlink_to(made)
    monkeypatch.setenv("EFFPROF_DATA", str(own))
    return own


@pytest.fixture
def converters(data: Path) -> None:
    for spec in environment.SETS["mobile"]:
        if environment.locate(spec) is None:
            pytest.skip(f"{spec.key} is not set up here: effprof setup mobile")


@pytest.fixture
def source() -> Callable[..., Source]:
    def made(path: Path, frozen: dict[str, dict[str, object]] | None = None) -> Source:
        model = open_model(path)
        settled = settle(model, {}, {}, None, {})
        feeds = [f for f in make_feeds(model, settled).feeds if f.name not in (frozen or {})]

        def samples(out: Path) -> None:
            held: dict[str, Any] = {
                f"{seed}_{place}": array
                for seed in range(4)
                for place, array in enumerate(arrays(feeds, seed).values())
            }
            np.savez(out, **held)

        return Source(
            path=path,
            name=path.name,
            sha256=model.sha256,
            format=model.format,
            precision=model.precision,
            shapes={feed.name: feed.shape for feed in feeds},
            frozen=frozen or {},
            samples=samples,
            sampled="random",
        )

    return made
