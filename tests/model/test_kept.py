"""What was read of a file is believed as long as it is that file and that reader."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from effprof.base.errors import ModelError
from effprof.model import child, kept
from effprof.model.count import count
from effprof.model.model import Facts, Model
from effprof.model.open import open_model
from effprof.model.wire import Reply
from tests.model import build

SHAPE = {"x": (1, 4)}


@pytest.fixture
def first(tmp_path: Path) -> Model:
    return open_model(build.save(build.small(), tmp_path / "m.onnx"))


@pytest.fixture
def unread(first: Model, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """From the first time on, as the next command would find it."""

    def refuse(*_: object) -> None:
        raise ModelError("read again")

    monkeypatch.setattr(child, "_asked", refuse)
    child._remembered.cache_clear()  # noqa: SLF001
    yield
    child._remembered.cache_clear()  # noqa: SLF001


@pytest.mark.usefixtures("unread")
def test_the_next_command_reads_nothing(first: Model, tmp_path: Path) -> None:
    assert open_model(first.path) == first
    elsewhere = tmp_path / "elsewhere.onnx"
    elsewhere.write_bytes(first.path.read_bytes())
    assert open_model(elsewhere).facts == first.facts
    with pytest.raises(ModelError, match="read again"):
        count(first, SHAPE)


def test_counts_are_kept_by_their_shapes(first: Model, request: pytest.FixtureRequest) -> None:
    counted = count(first, SHAPE)
    request.getfixturevalue("unread")
    assert count(first, SHAPE) == counted
    with pytest.raises(ModelError, match="read again"):
        count(first, {"x": (2, 4)})


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("damage", ["", "{", "{}", '{"facts": 1}', '{"error": "no"}', "[]"])
def test_a_damaged_entry_is_read_again(first: Model, damage: str) -> None:
    (entry,) = kept.folder().iterdir()
    entry.write_text(damage)
    with pytest.raises(ModelError, match="read again"):
        open_model(first.path)


@pytest.mark.usefixtures("unread")
def test_another_content_or_another_reader_is_read_again(
    first: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = first.path.read_bytes()
    other = build.small()
    other.producer_name = "another"
    build.save(other, first.path)
    with pytest.raises(ModelError, match="read again"):
        open_model(first.path)
    first.path.write_bytes(before)
    monkeypatch.setattr(kept, "_reader", lambda: b"a newer one")
    with pytest.raises(ModelError, match="read again"):
        open_model(first.path)


def test_data_beside_the_model_is_looked_for_every_time(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(b"model")
    beside = Reply(facts=Facts(external=("m.data",)))
    question = f'{{"task": "facts", "path": "{path}", "limit_bytes": 1}}'.encode()
    assert kept.reply(question, lambda: beside) == beside
    alone = Reply(facts=Facts(opset=7))
    assert kept.reply(question, lambda: alone) == alone
    assert kept.reply(question, lambda: beside) == alone


def test_a_file_that_changes_while_it_is_read_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(b"model")
    question = f'{{"task": "facts", "path": "{path}", "limit_bytes": 1}}'.encode()

    def read() -> Reply:
        path.write_bytes(b"another model")
        return Reply(facts=Facts(opset=7))

    kept.reply(question, read)
    assert not kept.folder().exists()


def test_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    told = Reply(facts=Facts(opset=7))
    for age in range(3):
        path = tmp_path / f"{age}.onnx"
        path.write_text(str(age))
        question = f'{{"task": "facts", "path": "{path}", "limit_bytes": 1}}'.encode()
        kept.reply(question, lambda: told)
        for entry in kept.folder().iterdir():  # all older than the next
            os.utime(entry, ns=(age, entry.stat().st_mtime_ns - 10**9))
    assert len(list(kept.folder().iterdir())) == 2


def test_where_nothing_can_be_kept_it_is_read_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path / "file"))
    path = build.save(build.small(), tmp_path / "m.onnx")
    assert open_model(path).facts.opset
