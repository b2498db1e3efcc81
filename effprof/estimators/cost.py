"""Money and carbon of a million items: throughput and energy times figures that a user states.

cost = 1e6 (price of time / throughput + energy x PUE x price of energy); carbon = 1e6 x energy x
PUE x grid. No price ships with effprof: they age within weeks and differ by contract. PUE is what
the site draws for each joule that reaches the machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from effprof.base.quantity import show
from effprof.base.records import Measurement, Missing, Origin

MILLION = 1e6
GRID_G_PER_J = 475 / 3.6e6
"""World average, an old one: 475 gCO2/kWh. Where no grid is stated and the target is a cloud's."""
PUE_CLOUD, PUE_HERE = 1.56, 1.0
"""Of an unknown data centre; of a device that no one cools."""
STATE_PRICE = "--price 3.60USD/h, or --power-price 0.25USD/kWh"


@dataclass(frozen=True, slots=True)
class Prices:
    """What a user states; None where not. `pue_assumed`, `grid_assumed`: a default stands in."""

    usd_per_s: float | None
    usd_per_j: float | None
    grid_g_per_j: float | None
    pue: float
    grid_assumed: bool = False
    pue_assumed: bool = False


def figures(
    prices: Prices, found: Mapping[str, Measurement], *, wanted: bool
) -> list[Measurement | Missing]:
    """`cost.million` and `carbon.million`. `wanted`: say also why one is not there."""
    parts = [_cost(prices, found), _carbon(prices, found)]
    priced = prices.usd_per_s is not None or prices.usd_per_j is not None
    stated = (priced, prices.grid_g_per_j is not None)
    return [part for part, told in zip(parts, stated, strict=True) if wanted or told]


def _cost(prices: Prices, found: Mapping[str, Measurement]) -> Measurement | Missing:
    metric = "cost.million"
    if prices.usd_per_s is None and prices.usd_per_j is None:
        return Missing(metric, "no price was stated, and none ships", STATE_PRICE)
    parts, told = list[_Banded](), list[str]()
    if prices.usd_per_s is not None:
        rate = found.get("throughput.items")
        if rate is None or rate.value <= 0:
            return Missing(metric, "the throughput is not known")
        parts.append(_of(rate).inverse().times(prices.usd_per_s))
        told.append(f"{show(prices.usd_per_s * 3600, 'USD')}/h over throughput.items")
    if prices.usd_per_j is not None:
        energy = found.get("energy.inference")
        if energy is None:
            return Missing(metric, "the energy of an item is not known")
        parts.append(_of(energy).times(prices.usd_per_j * prices.pue))
        told.append(f"{show(prices.usd_per_j * 3.6e6, 'USD')}/kWh, {_pue(prices)}")
    total = parts[0] if len(parts) == 1 else parts[0].plus(parts[1])
    return total.times(MILLION).figure(metric, "; ".join(told))


def _carbon(prices: Prices, found: Mapping[str, Measurement]) -> Measurement | Missing:
    metric = "carbon.million"
    energy = found.get("energy.inference")
    if energy is None:
        return Missing(metric, "the energy of an item is not known")
    if prices.grid_g_per_j is None:
        return Missing(metric, "no grid was stated", "--grid 475gCO2/kWh")
    assumed = " assumed, a world average" if prices.grid_assumed else ""
    grid = f"{prices.grid_g_per_j * 3.6e6:.4g} gCO2/kWh{assumed}, {_pue(prices)}"
    item_g = _of(energy).times(prices.grid_g_per_j * prices.pue)
    return item_g.times(MILLION).figure(metric, grid)


def _pue(prices: Prices) -> str:
    return f"PUE {prices.pue:g}{' assumed' if prices.pue_assumed else ''}"


@dataclass(frozen=True, slots=True)
class _Banded:
    """A figure between its ends; None where what it comes from has none."""

    value: float
    low: float | None
    high: float | None

    def times(self, factor: float) -> "_Banded":
        ends = [None if end is None else end * factor for end in (self.low, self.high)]
        return _Banded(self.value * factor, *ends)

    def inverse(self) -> "_Banded":
        ends = [1 / end if end else None for end in (self.high, self.low)]
        return _Banded(1 / self.value, *ends)

    def plus(self, other: "_Banded") -> "_Banded":
        """Both at their worst together: the time of a run and its energy rise and fall as one."""
        pairs = ((self.low, other.low), (self.high, other.high))
        ends = [None if a is None or b is None else a + b for a, b in pairs]
        return _Banded(self.value + other.value, *ends)

    def figure(self, metric: str, source: str) -> Measurement:
        """A price is a statement and no reading, so what comes of it is worked out."""
        return Measurement(
            metric, self.value, Origin.MODELLED, source, low=self.low, high=self.high
        )


def _of(one: Measurement) -> _Banded:
    return _Banded(one.value, one.low, one.high)
