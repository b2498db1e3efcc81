"""Targets: where a model will live, one YAML file each, and the catalogue they are found in."""

from effprof.target.facts import Fact, no_pue
from effprof.target.file import ENVIRONMENTS, Target, TargetFile, read
from effprof.target.search import Listed, catalogue, folders, load

__all__ = [
    "ENVIRONMENTS",
    "Fact",
    "Listed",
    "Target",
    "TargetFile",
    "catalogue",
    "folders",
    "load",
    "no_pue",
    "read",
]
