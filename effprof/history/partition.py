"""The optimal partition of a sequence into levels, by ruptures.

C. Truong, L. Oudre, N. Vayatis, "Selective review of offline change point detection methods",
Signal Processing 167, 2020. `import ruptures` brings scipy's statistics, signals and spatial trees,
a second of work in which this search has no part: it is a compiled module that needs numpy alone.
So that one is loaded by its place in the package, and the package itself where it lies elsewhere.
"""

from collections.abc import Callable
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

from effprof.base.errors import LackingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_PLACE = "detection/_detection"


def partition(values: "Floats", penalty: float, least: int) -> list[int]:
    """Where levels begin but for the first, each of at least `least` values.

    `penalty`: what one more level must take off the sum of squares around them.
    """
    search = _compiled()
    if search is None:
        return _by_package(values, penalty, least)
    try:
        path = search(values[:, None], penalty, least)
    except TypeError:  # it is not ruptures' public face, and may take other arguments one day
        return _by_package(values, penalty, least)
    cuts, at = [], int(path[len(values)])
    while at > 0:
        cuts.append(at)
        at = int(path[at])
    return cuts[::-1]


@cache
def _compiled() -> Callable[..., Any] | None:
    """ruptures' search for the best partition under a penalty, with squares as the cost."""
    package = find_spec("ruptures")  # looks for it, does not import it
    if package is None:
        raise LackingError("ruptures is not installed", hint="pip install ruptures")
    folders = [f"{folder}/{_PLACE}" for folder in package.submodule_search_locations or ()]
    spec = PathFinder.find_spec("ekcpd", folders)
    if spec is None or spec.loader is None:
        return None
    try:
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    except (ImportError, OSError):  # built for another numpy, say: the package knows what to do
        return None
    return getattr(module, "ekcpd_pelt_L2", None)


def _by_package(values: "Floats", penalty: float, least: int) -> list[int]:
    import ruptures

    search: Any = ruptures.KernelCPD(kernel="linear", min_size=least)
    return [int(cut) for cut in search.fit(values[:, None]).predict(pen=penalty)[:-1]]
