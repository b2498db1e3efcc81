"""What was read of a file is believed as long as it is that file and that reader."""

from pathlib import Path

import pytest

from effprof.base.errors import ModelError
from effprof.model import kept
from effprof.model.model import Model
from effprof.model.open import open_model
from tests.model import build


@pytest.fixture
def first(tmp_path: Path) -> Model:
    path = build.save(build.small(), tmp_path / "m.onnx")
    return open_model(path, keep=tmp_path / "facts.json")


@pytest.fixture
def unread(first: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first time on."""

    def refuse(*_: object) -> None:
        raise ModelError("read again")

    monkeypatch.setattr("effprof.model.open.ask", refuse)


@pytest.mark.usefixtures("unread")
def test_the_second_time_nothing_is_read(first: Model, tmp_path: Path) -> None:
    assert open_model(first.path, keep=tmp_path / "facts.json") == first
    with pytest.raises(ModelError, match="read again"):
        open_model(first.path)


@pytest.mark.usefixtures("unread")
def test_a_damaged_entry_is_read_again(first: Model, tmp_path: Path) -> None:
    for damage in ("", "{", '{"of": 1}', "[]"):
        (tmp_path / "facts.json").write_text(damage)
        with pytest.raises(ModelError, match="read again"):
            open_model(first.path, keep=tmp_path / "facts.json")


@pytest.mark.usefixtures("unread")
def test_another_content_or_another_reader_is_read_again(
    first: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = first.path.read_bytes()
    other = build.small()
    other.producer_name = "another"
    build.save(other, first.path)
    with pytest.raises(ModelError, match="read again"):
        open_model(first.path, keep=tmp_path / "facts.json")
    first.path.write_bytes(before)
    monkeypatch.setattr(kept, "_reader", lambda: "a newer one")
    with pytest.raises(ModelError, match="read again"):
        open_model(first.path, keep=tmp_path / "facts.json")


def test_where_nothing_can_be_kept_it_is_read_every_time(first: Model, tmp_path: Path) -> None:
    nowhere = tmp_path / "no" / "facts.json"
    assert open_model(first.path, keep=nowhere) == first
    assert not nowhere.exists()
