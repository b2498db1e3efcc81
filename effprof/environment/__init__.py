"""A runtime in an environment of its own: made once by uv, kept by its list, used offline.

Runtimes do not share an environment, and a gate that compares two versions needs two.
"""

from effprof.environment.making import make
from effprof.environment.pythons import find_python
from effprof.environment.spec import Spec, parse_requirement
from effprof.environment.store import Made, locate, made, remove
from effprof.environment.tools import ONNX2TF, QUANTIZER, SETS

__all__ = [
    "ONNX2TF",
    "QUANTIZER",
    "SETS",
    "Made",
    "Spec",
    "find_python",
    "locate",
    "made",
    "make",
    "parse_requirement",
    "remove",
]
