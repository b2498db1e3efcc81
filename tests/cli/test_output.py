"""Where the JSON goes: a file grows, what cannot be taken back is written once."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from effprof.base.errors import LackingError
from effprof.cli.output import Destination
from tests.formats.sample import FULL


def test_a_file_holds_the_trials_so_far(tmp_path: Path) -> None:
    destination = Destination(str(tmp_path / "r.json"), many=False)
    keep = destination.keeper()
    assert keep is not None
    keep(FULL)
    assert json.loads((tmp_path / "r.json").read_text())["id"] == FULL.id


def test_a_pipe_gets_one_document(tmp_path: Path) -> None:
    """Not one after each trial."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    destination = Destination(str(pipe), many=True)
    assert destination.keeper() is None
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        destination.add(FULL)
        destination.add(FULL)
        destination.finish()
        assert len(json.loads(reader.communicate(timeout=60)[0])["reports"]) == 2


def test_a_pipe_that_has_no_path_is_written_to() -> None:
    """What a shell makes of `--json >(jq .)`: /dev/fd/63, a link to nowhere in the file system."""
    reading, writing = os.pipe()
    destination = Destination(f"/dev/fd/{writing}", many=False)
    destination.add(FULL)
    destination.finish()
    os.close(writing)
    with os.fdopen(reading, "rb") as reader:
        assert json.loads(reader.read())["id"] == FULL.id


def test_a_folder_that_goes_away_meanwhile_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All reports so far in one file of the temporary folder, not one file for each of them."""
    folder, spare = tmp_path / "reports", tmp_path / "spare"
    folder.mkdir()
    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    destination = Destination(str(folder / "r.json"), many=True)
    keep = destination.keeper()
    assert keep is not None
    folder.rmdir()
    keep(FULL)  # the finished report may find room again
    for _ in range(2):
        with pytest.raises(LackingError) as lack:
            destination.add(FULL)
    (file,) = spare.iterdir()
    assert lack.value.hint == f"the report is at {file}"
    assert len(json.loads(file.read_text())["reports"]) == 2
