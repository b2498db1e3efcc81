"""The project that --keep leaves: in place of an older one of ours, never of somebody's files."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from effprof.backends.mcu import project
from effprof.ports import Refusal


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A project of two files, as a build leaves it."""
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "model.c").write_text("int one;\n")
    (folder / "old.c").write_text("int gone;\n")
    return folder


def held(folder: Path) -> dict[str, str]:
    return {one.name: one.read_text() for one in folder.iterdir() if one.name != project.LIST}


def test_an_older_project_makes_room_for_the_newer_one(made: Path, tmp_path: Path) -> None:
    place = tmp_path / "deep" / "kept"
    assert project.leave(made, place) == str(place)
    assert set(held(place)) == {"model.c", "old.c"}
    (made / "old.c").unlink()
    (made / "model.c").write_text("int two;\n")
    project.leave(made, place)
    assert held(place) == {"model.c": "int two;\n"}


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this machine")
def test_the_list_of_its_files_is_one_that_a_known_tool_reads(made: Path, tmp_path: Path) -> None:
    project.leave(made, tmp_path / "kept")
    words = ["sha256sum", "--strict", "--check", project.LIST]
    done = subprocess.run(words, cwd=tmp_path / "kept", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["model.c: OK", "old.c: OK"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("notes.txt", "holds notes.txt, which effprof did not leave there"),
        ("model.c", "model.c in it was changed since effprof left it"),
    ],
)
def test_what_a_user_wrote_there_is_not_overwritten(
    name: str, said: str, made: Path, tmp_path: Path
) -> None:
    place = tmp_path / "kept"
    project.leave(made, place)
    (place / name).write_text("mine\n")
    for refuses in (lambda: project.check(place), lambda: project.leave(made, place)):
        with pytest.raises(Refusal) as caught:
            refuses()
        assert caught.value.message == f"--keep {place}: {said}"
        assert caught.value.kind == "request"
    assert (place / name).read_text() == "mine\n"


def test_a_folder_of_somebody_is_left_alone_and_an_empty_one_is_not(
    made: Path, tmp_path: Path
) -> None:
    (tmp_path / "theirs" / "src").mkdir(parents=True)
    with pytest.raises(Refusal, match="holds src"):
        project.check(tmp_path / "theirs")
    (tmp_path / "empty").mkdir()
    project.check(tmp_path / "empty")
    project.check(tmp_path / "not" / "there")
    assert not (tmp_path / "not").exists()


def test_a_list_that_leads_out_of_the_folder_leads_nowhere(made: Path, tmp_path: Path) -> None:
    place, outside = tmp_path / "kept", tmp_path / "outside"
    outside.write_text("mine\n")
    place.mkdir()
    names = ("../outside", str(outside), "..", ".")
    (place / project.LIST).write_text("".join(f"{'0' * 64}  {name}\n" for name in names))
    project.leave(made, place)
    assert outside.read_text() == "mine\n"
    (place / "model.c").unlink()
    (place / "model.c").symlink_to(outside)
    with pytest.raises(Refusal, match=r"holds model\.c"):
        project.leave(made, place)


def test_a_place_that_can_hold_no_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "x"):
        with pytest.raises(Refusal, match="is a file"):
            project.check(place)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Refusal, match="permission denied"):
        project.check(tmp_path / "kept")
    tmp_path.chmod(0o700)
