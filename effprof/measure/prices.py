"""The user's prices: of the command line, else of the target's facts, else what is documented."""

from collections.abc import Mapping

from effprof.base.records import Measurement, Missing
from effprof.estimators import cost
from effprof.estimators.cost import GRID_G_PER_J, PUE_CLOUD, PUE_HERE, Prices
from effprof.target import Target

FACTS = ("price_time", "price_energy", "grid_carbon", "pue")
"""In base units: USD/s, USD/J, g/J, 1. The flags give them by the same names."""


def figures(
    target: Target, given: Mapping[str, float], found: Mapping[str, Measurement]
) -> list[Measurement | Missing]:
    """`cost.million` and `carbon.million`; in a cloud, where cost is what counts, or why not."""
    wanted = target.environment == "cloud"
    return cost.figures(prices(target, given), found, wanted=wanted)


def prices(target: Target, given: Mapping[str, float]) -> Prices:
    said = {key: given.get(key, target.fact(key)) for key in FACTS}
    cloud = target.environment == "cloud"
    grid, pue = said["grid_carbon"], said["pue"]
    return Prices(
        usd_per_s=said["price_time"],
        usd_per_j=said["price_energy"],
        grid_g_per_j=GRID_G_PER_J if grid is None and cloud else grid,
        pue=pue if pue is not None else PUE_CLOUD if cloud else PUE_HERE,
        grid_assumed=grid is None,
        pue_assumed=pue is None,
    )
