"""The fake driver libraries, built once."""

from pathlib import Path

import pytest

from tests.meters import nvml


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder."""
    return nvml.build(tmp_path_factory.mktemp("nvml"))
