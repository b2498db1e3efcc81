import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from effprof.base.errors import RequestError
from effprof.cli.kept import Keeper, keeper_for
from effprof.history.place import Place
from effprof.history.store import History, Wanted
from tests.history.build import kept

MODEL = Path("m.onnx")


def where(keeper: Keeper | None) -> Any:
    return None if keeper is None else keeper.where.file


def test_kept_unless_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path))
    own = tmp_path / "history.db"
    assert keeper_for(MODEL, history=None, db=None) is None  # the tests' own EFFPROF_DB=off
    assert where(keeper_for(MODEL, history=True, db=None)) == own
    assert where(keeper_for(MODEL, history=None, db="team.db")) == Path("team.db")
    monkeypatch.delenv("EFFPROF_DB")
    assert where(keeper_for(MODEL, history=None, db=None)) == own
    assert keeper_for(MODEL, history=False, db=None) is None
    with pytest.raises(RequestError, match="--no-history"):
        keeper_for(MODEL, history=False, db="team.db")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_kept_now_is_kept_with_the_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "later"
    folder.write_text("in the way")
    keeper = Keeper(Place(folder / "history.db", "", "history.db"), MODEL, "monitor")
    assert not keeper.keep(kept(0).report)
    assert not keeper.keep(kept(1).report)
    assert "not kept in the history: history.db" in capsys.readouterr().err
    folder.unlink()
    assert keeper.keep(kept(2).report)
    keeper.close()
    with History(Place(folder / "history.db", "", "history.db")) as history:
        assert history.count(Wanted()) == 3


def test_a_report_that_can_never_be_kept_is_in_no_ones_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "history.db"
    keeper = Keeper(Place(file, "", str(file)), MODEL, "monitor")
    assert not keeper.keep(replace(kept(0).report, created="yesterday"))
    assert "yesterday" in capsys.readouterr().err
    assert keeper.keep(kept(1).report)
    keeper.close()


def test_the_library_behind_it_is_imported_with_the_first_report() -> None:
    code = (
        "import sys, effprof.cli.measure, effprof.measure.run, effprof.formats.text\n"
        "import effprof.cli.gates\n"
        "from pathlib import Path\n"
        "from effprof.cli.kept import keeper_for\n"
        "assert keeper_for(Path('m.onnx'), history=True, db=None)\n"
        "print(*sys.modules)"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sqlalchemy", "ruptures", "sqlite3"} & set(seen.stdout.split())
