"""The phone's constants against published latencies; skipped where those are not at hand."""

import math
from statistics import median

import pytest

from benchmarks import phone_fit, phones
from effprof.estimators.phone import FITTED, SHAPES
from effprof.target import Target, catalogue
from tests.docs import markdown

pytestmark = pytest.mark.skipif(
    not phone_fit.FACTS.is_file(), reason="no published figures in ../shared"
)
MEASURING = markdown.ROOT / "docs" / "measuring.md"
IDS = {
    "Google Pixel 9 Pro": "pixel-9-pro",
    "Samsung Galaxy S25 Ultra": "galaxy-s25-ultra",
    "Google Pixel 4": "pixel-4",
    "Google Pixel 3": "pixel-3",
    "Google Pixel 3a": "pixel-3a",
    "Google Pixel 2": "pixel-2",
    "iPhone XS": "iphone-xs",
}


@pytest.fixture(scope="module")
def offs() -> list[float]:
    groups = phone_fit.cpu_groups().values()
    return [off for given in groups for _, off in phone_fit.left_out(given)]


def test_a_model_left_out_is_foretold_within_the_claim(offs: list[float]) -> None:
    off = phones.errors(offs)
    assert len(off) > 50
    assert median(off) <= phones.MEDIAN
    assert off[math.ceil(0.9 * len(off)) - 1] <= phones.P90


def test_the_errors_in_the_documents_are_those_of_the_script(offs: list[float]) -> None:
    today = phone_fit.cpu_groups()["LiteRT with XNNPACK, fp32"]
    gpu = phone_fit.left_out(phone_fit.points("GPU"), phones.NOT_CPU)
    flagships = [off for pair in phones.TRANSFERS[:2] for off in phones.transfer(*pair)]
    found = (
        offs,
        [off for _, off in phone_fit.left_out(today)],
        [off for _, off in gpu],
        flagships,
        phones.transfer(*phones.TRANSFERS[2]),
    )
    rows = markdown.table(MEASURING, "Phones", "unit")
    assert len(rows) == len(found)
    for (_, middle, tail, n), given in zip(rows, found, strict=True):
        off = phones.errors(given)
        assert int(n) == len(off)
        assert _share(middle) == pytest.approx(median(off), rel=0.05)
        assert _share(tail) == pytest.approx(off[math.ceil(0.9 * len(off)) - 1], rel=0.05)


def _share(cell: str) -> float:
    return float(cell.removesuffix(" %")) / 100


def test_the_band_that_ships_holds_95_percent_of_them(offs: list[float]) -> None:
    inside = [off for off in offs if 1 / FITTED <= off <= FITTED]
    assert len(inside) >= 0.95 * len(offs)


def test_the_constants_that_ship_are_those_of_the_fit() -> None:
    shipped = {one.id: one.target for one in catalogue() if one.target}
    for given in phone_fit.cpu_groups().values():
        found = phone_fit.fit(given)
        runtime, precision = given[0].runtime
        shape = SHAPES[runtime, precision]
        assert shape.element_macs == pytest.approx(found.shape.element_macs, rel=0.02)
        assert shape.operator_macs == pytest.approx(found.shape.operator_macs, rel=0.02)
        for group, rate in found.rates.items():
            target: Target | None = shipped.get(IDS.get(group[0], ""))
            if target is None or group[2] == "big-cores":
                continue
            stated = target.fact(f"cpu_rate_{precision}")
            assert stated is not None, group
            assert stated / 2 == pytest.approx(rate, rel=0.02), group
