"""Results of others beside ours: for the models and boards they are of, and no other."""

import json

import pytest

from effprof.base.quantity import show
from effprof.estimators import published
from effprof.estimators.published import DATA, Subject
from effprof.target import catalogue

KWS = Subject("no hash", 2_656_768, 490, "NUCLEO-L4R5ZI (STM32L4R5ZI)")


def test_a_model_of_that_shape_and_size_is_recognised() -> None:
    told = published.results(KWS)
    assert told[0].startswith("latency 43.2 ms to 182 ms, median 75.1 ms, 21 results")
    assert told[1].startswith("energy ")
    assert "keyword spotting" in told[-1]
    assert "MLPerf Tiny" in told[-1]


def test_or_by_its_hash_alone() -> None:
    known = next(
        one for one in json.loads(DATA.read_text())["models"] if one["name"].startswith("keyword")
    )
    by_hash = Subject(known["sha256"], None, 0, KWS.device)
    assert published.results(by_hash) == published.results(KWS)


@pytest.mark.parametrize(
    "other",
    [
        Subject("no hash", 2_900_000, 490, KWS.device),
        Subject("no hash", 2_656_768, 491, KWS.device),
        Subject("no hash", None, 490, KWS.device),
        Subject("no hash", 2_656_768, 490, "another board"),
    ],
)
def test_nothing_is_said_of_what_nobody_published(other: Subject) -> None:
    assert published.results(other) == ()


def test_every_row_is_of_a_model_and_a_board_there_is_and_in_order() -> None:
    data = json.loads(DATA.read_text())
    devices = {one.target.device["name"] for one in catalogue() if one.target}
    names = {one["name"] for one in data["models"]}
    for row in data["results"]:
        assert row["device"] in devices
        assert row["model"] in names
        for key in ("latency_s", "energy_j"):
            assert row.get(key, []) == sorted(row.get(key, []))
        assert row["results"] >= row.get("energy_results", 0)
        assert show(row["latency_s"][0], "s")
