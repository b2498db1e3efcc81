"""What all tests share: no deadline a busy machine could miss, folders of their own."""

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("effprof", deadline=None)
settings.load_profile("effprof")

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "digits"
os.environ.setdefault("EFFPROF_DATA", str(ROOT / ".cache" / "effprof"))
os.environ["EFFPROF_DB"] = "off"  # the tests of the history name one of their own
SHARED = ROOT.parent / "shared"


def keep_bytecode() -> None:
    """As `make` does: thousands of processes import the same modules, and compiling is dear."""
    place = os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / ".cache" / "bytecode"))
    sys.pycache_prefix = place
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


keep_bytecode()
# A shell's background job ignores it, its children too; tests send it and wait for what it does.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def student() -> Path:
    """The smallest model that ships: 10 us a run."""
    return EXAMPLES / "student.onnx"


@pytest.fixture
def two_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes where there would be six: for measurements whose subject is not the interval.

    It holds for what is measured from this process.
    """
    monkeypatch.setattr("effprof.measure.collect.LEAST_TRIALS", 2)


@pytest.fixture(autouse=True)
def own_config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own targets, profiles or settings."""
    monkeypatch.setenv("EFFPROF_CONFIG", str(tmp_path_factory.mktemp("config")))
