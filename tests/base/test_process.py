"""What every child process is given."""

import sys
from pathlib import Path

from effprof.base.process import Child


def test_onnxruntime_leaves_nothing_behind_and_sends_nothing(tmp_path: Path) -> None:
    """It has an uploader of events of its own, which begins with a file for the device's id."""
    folders = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "TMPDIR"), str(tmp_path))
    with Child((sys.executable, "-c", "import onnxruntime"), {**folders, "CI": None}) as child:
        child.send("")
        assert child.answers.read() == b""
        assert child.finish() == 0
    assert list(tmp_path.rglob("*")) == []
