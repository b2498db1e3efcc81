"""What was converted is kept, and only what is whole is used."""

import os
import time
from pathlib import Path

import pytest

from effprof.base.errors import LackingError
from effprof.convert import cache

PARTS = {"step": "tflite", "model": "abc"}


class Maker:
    def __init__(self, content: str = "made") -> None:
        self.content, self.calls = content, 0

    def __call__(self, folder: Path) -> tuple[Path, cache.Told]:
        self.calls += 1
        path = folder / "out.bin"
        path.write_text(self.content)
        return path, {"by": "hand"}


def test_made_once() -> None:
    make = Maker()
    first, told, cached = cache.kept(PARTS, ".tflite", make)
    assert (first.read_text(), first.suffix, told["by"], cached) == (
        "made",
        ".tflite",
        "hand",
        False,
    )
    again, told, cached = cache.kept(PARTS, ".tflite", make)
    assert (again, told["by"], cached, make.calls) == (first, "hand", True, 1)


def test_another_recipe_is_another_entry() -> None:
    first, _, _ = cache.kept(PARTS, ".tflite", Maker("one"))
    other, _, _ = cache.kept({**PARTS, "model": "abd"}, ".tflite", Maker("two"))
    assert (first.read_text(), other.read_text()) == ("one", "two")


@pytest.mark.parametrize("damage", ["model.tflite", "told.json"])
@pytest.mark.parametrize("how", ["cut", "gone"])
def test_a_damaged_entry_is_remade(damage: str, how: str) -> None:
    first, _, _ = cache.kept(PARTS, ".tflite", Maker())
    file = first.with_name(damage)
    file.unlink() if how == "gone" else file.write_bytes(file.read_bytes()[:-2])
    make = Maker()
    again, _, cached = cache.kept(PARTS, ".tflite", make)
    assert (again.read_text(), cached, make.calls) == ("made", False, 1)


def test_what_fails_leaves_nothing() -> None:
    def fail(folder: Path) -> tuple[Path, cache.Told]:
        (folder / "half").write_text("half")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.kept(PARTS, ".tflite", fail)
    assert list(cache.folder().iterdir()) == []


def test_a_folder_that_is_none(data: Path) -> None:
    (data / "converted").write_text("in the way")
    with pytest.raises(LackingError, match="converted"):
        cache.kept(PARTS, ".tflite", Maker())


def test_an_entry_made_meanwhile_by_another_is_left_in_its_place() -> None:
    def overtaken(folder: Path) -> tuple[Path, cache.Told]:
        theirs, _, _ = cache.kept(PARTS, ".tflite", Maker("theirs"))
        before.append(theirs.stat().st_ino)
        return Maker("ours")(folder)

    before: list[int] = []
    path, _, _ = cache.kept(PARTS, ".tflite", overtaken)
    assert (path.stat().st_ino, path.read_text()) == (before[0], "theirs")


def test_what_a_killed_process_left_goes_after_a_day() -> None:
    left = [cache.folder() / f"making-{name}" for name in ("old", "new")]
    for one in left:
        one.mkdir(parents=True)
    yesterday = time.time() - 25 * 3600
    os.utime(left[0], (yesterday, yesterday))
    cache.kept(PARTS, ".tflite", Maker())
    assert [one.exists() for one in left] == [False, True]
