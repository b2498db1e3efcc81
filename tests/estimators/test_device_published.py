"""The classes' constants against published results; skipped where those are not at hand."""

import pytest

from benchmarks import roofline_points
from effprof import target
from effprof.estimators.device_class import CLASSES

pytestmark = pytest.mark.skipif(
    not roofline_points.RESULTS.is_file(), reason="no published results in ../shared"
)
IDS = {"DGX-A100": "a100", "DGX-H100": "h100", "H200-SXM": "h200", "XR5610_L4x1": "l4"}


@pytest.mark.parametrize("kind", CLASSES)
def test_the_band_that_ships_holds_nearly_all_of_them(kind: str) -> None:
    given = roofline_points.of_kind(kind)
    ratios = [roofline_points.foretold_s(one, CLASSES[kind]) / one.run_s for one in given]
    inside = [one for one in roofline_points.factors(ratios) if one <= CLASSES[kind].band]
    assert len(given) >= 8
    assert len(inside) >= 0.95 * len(given)


def test_the_networks_laid_out_have_the_macs_that_are_published() -> None:
    """4.09 GMAC, 25.5 M weights; 569 MMAC; 385 to 407 MMAC; as their papers have it."""
    layers = list(roofline_points.resnet50())
    assert sum(one.macs for one in layers) == pytest.approx(4.09e9, rel=0.01)
    assert sum(one.weights for one in layers) == pytest.approx(25.5e6, rel=0.01)
    assert sum(one.macs for one in roofline_points.mobilenet()) == pytest.approx(569e6, rel=0.01)
    assert sum(one.macs for one in roofline_points.efficientnet()) == pytest.approx(396e6, rel=0.03)


@pytest.mark.parametrize(("system", "id_"), IDS.items())
def test_what_they_are_held_against_is_what_the_target_states(system: str, id_: str) -> None:
    spec, stated = roofline_points.SPECS[system], target.load(id_)
    assert stated.fact("peak_int8") == spec.peaks[1]
    assert stated.fact("memory_bandwidth") == spec.bytes_per_s
