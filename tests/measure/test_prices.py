"""Whose prices count: the command line's, the target's, or what is documented."""

from pathlib import Path

from effprof import target
from effprof.base.records import Measurement, Missing, Origin
from effprof.measure.prices import figures, prices
from effprof.target import Target
from effprof.target.template import TEMPLATE

FACTS = """
facts:
  price_energy: {value: 0.25 USD/kWh, source: a bill}
  grid_carbon: {value: 50 g/kWh, source: the utility}
  pue: {value: 120 %, source: the landlord}
"""
FOUND = {
    key: Measurement(key, 2.0, Origin.MEASURED, "a test")
    for key in ("throughput.items", "energy.inference")
}


def stating(tmp_path: Path, facts: str) -> Target:
    file = tmp_path / "my-board.yaml"
    file.write_text(TEMPLATE + facts)
    return target.read(file)


def told(one: Target, **given: float) -> dict[str, Measurement | Missing]:
    return {part.metric: part for part in figures(one, given, FOUND)}


def test_in_a_cloud_what_is_not_stated_is_missing_or_documented() -> None:
    found = told(target.load("cloud-cpu"))
    cost, carbon = found["cost.million"], found["carbon.million"]
    assert isinstance(cost, Missing)
    assert "--price" in str(cost.hint)
    assert isinstance(carbon, Measurement)
    assert carbon.source == "475 gCO2/kWh assumed, a world average, PUE 1.56 assumed"


def test_elsewhere_nobody_asks() -> None:
    assert told(target.load("edge")) == {}


def test_a_targets_own_facts(tmp_path: Path) -> None:
    found = told(stating(tmp_path, FACTS))
    cost, carbon = found["cost.million"], found["carbon.million"]
    assert isinstance(cost, Measurement)
    assert isinstance(carbon, Measurement)
    assert cost.source == "0.25 USD/kWh, PUE 1.2"
    assert carbon.source == "50 gCO2/kWh, PUE 1.2"


def test_the_command_line_goes_before_them(tmp_path: Path) -> None:
    found = prices(stating(tmp_path, FACTS), {"price_energy": 1e-6, "pue": 2.0})
    assert (found.usd_per_j, found.pue) == (1e-6, 2.0)
    assert found.usd_per_s is None
