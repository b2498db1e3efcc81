"""Real models that come inside packages of the index, found without importing the packages."""

import importlib.util
from pathlib import Path

import pytest


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"{package} is not installed: its ONNX files are what this test measures")
    return Path(spec.submodule_search_locations[0])


def magika() -> Path:
    found = sorted((_folder("magika") / "models").glob("*/model.onnx"))
    if not found:
        pytest.skip("this magika ships no ONNX file")
    return found[-1]


def silero(name: str) -> Path:
    path = _folder("silero_vad") / "data" / name
    if not path.exists():
        pytest.skip(f"this silero-vad does not ship {name}")
    return path
