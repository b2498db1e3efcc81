"""What all tests share: no deadline a busy machine could miss, folders of their own."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("effprof", deadline=None)
settings.load_profile("effprof")

EXAMPLES = Path(__file__).parents[1] / "examples" / "digits"
os.environ.setdefault("EFFPROF_DATA", str(Path(__file__).parents[1] / ".cache" / "effprof"))
os.environ["EFFPROF_DB"] = "off"  # the tests of the history name one of their own
SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture
def student() -> Path:
    """The smallest model that ships: 10 us a run."""
    return EXAMPLES / "student.onnx"


@pytest.fixture(autouse=True)
def own_config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own targets, profiles or settings."""
    monkeypatch.setenv("EFFPROF_CONFIG", str(tmp_path_factory.mktemp("config")))
