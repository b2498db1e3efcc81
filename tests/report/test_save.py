import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from effprof.base.errors import LackingError, ReportError
from effprof.report import save


def test_what_is_saved_is_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")
    save.save("new µ", path)
    assert path.read_text(encoding="utf-8") == "new µ"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_mode_any_other_would(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    save.save("x", tmp_path / "r.json")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("real.json")
    save.save("x", tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "x"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        save.save("through", pipe)
        assert reader.communicate(timeout=30)[0] == b"through"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_places_that_make_no_sense(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, why in (
        (tmp_path, "is a directory"),
        (tmp_path / "none" / "r.json", "no such file or directory"),
        (tmp_path / "file" / "r.json", "not a directory"),
    ):
        with pytest.raises(ReportError, match=f"cannot be written: {why}"):
            save.save("x", path)


def test_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(LackingError, match="cannot be written"):
        save.save("x", tmp_path / "a")


SAVE = "import sys; from effprof.report.save import save; from pathlib import Path; {}; "
CALL = "save('x' * 100_000, Path(sys.argv[1]))"


def run(prepare: str, path: Path, call: str = CALL) -> str:
    code = SAVE.format(prepare) + call
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1]


def test_a_full_disk_leaves_the_old_file_and_no_half_one(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))"
    last = run(limit, path)
    assert last == f"effprof.base.errors.LackingError: {path}: cannot be written: file too large"
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_device_that_is_full() -> None:
    with pytest.raises(LackingError, match="no space left on device") as caught:
        save.save("x", Path("/dev/full"))
    assert caught.value.hint == "name a folder that can be written to and has room"
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_folder_that_cannot_be_written_to() -> None:
    become_nobody = "import os; os.getuid() or os.setuid(65534)"  # root may write anywhere
    with tempfile.TemporaryDirectory() as name:  # pytest's own is closed to nobody
        folder = Path(name)
        folder.chmod(0o555)
        last = run(become_nobody, folder / "r.json")
    assert "LackingError" in last
    assert "cannot be written: permission denied" in last


def test_an_interrupt_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flush is the last moment before the rename; a Ctrl-C there is the worst one."""

    def interrupted(_: int) -> None:
        assert list(tmp_path.glob(".r.json.*.tmp"))
        raise KeyboardInterrupt  # what Python's own handler of SIGINT does, at a known place

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save.save("x" * 100_000, tmp_path / "r.json")
    assert not list(tmp_path.iterdir())


def test_put_writes_utf8_to_stdout() -> None:
    code = "from effprof.report.save import put; put('µ', '-')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.stdout == "µ".encode()
