import hashlib
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from onnx.helper import make_node

from effprof.base.errors import ModelError
from effprof.base.records import TensorSpec
from effprof.model.open import open_model
from tests.model import build


def _external(folder: Path, location: str, **entries: object) -> Path:
    proto = build.small()
    held_weight = proto.graph.initializer[0]
    held_weight.ClearField("raw_data")
    held_weight.data_location = 1
    for key, value in {"location": location, **entries}.items():
        entry = held_weight.external_data.add()
        entry.key, entry.value = key, str(value)
    (folder / "w.bin").write_bytes(bytes(48))
    return build.save(proto, folder / "m.onnx")


def test_what_a_model_declares(tmp_path: Path) -> None:
    path = build.save(build.small(), tmp_path / "m.onnx")
    model = open_model(path)
    assert model.format == "onnx"
    assert model.opset == 17
    assert model.precision == "fp32"
    assert model.parameters == 15
    assert model.facts.weight_bytes == 60
    assert model.inputs == (TensorSpec("x", "float32", ("batch", 4)),)
    assert model.outputs == (TensorSpec("y", "float32", ("batch", 3)),)
    assert model.size_bytes == path.stat().st_size
    assert model.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_sizes_nobody_knows_are_question_marks(tmp_path: Path) -> None:
    proto = build.small()
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 0
    assert open_model(build.save(proto, tmp_path / "m.onnx")).inputs[0].shape == ("?", 4)
    proto.graph.input[0].type.tensor_type.shape.dim[0].ClearField("value")
    assert open_model(build.save(proto, tmp_path / "m.onnx")).inputs[0].shape == ("?", 4)
    proto.graph.input[0].type.tensor_type.ClearField("shape")
    assert open_model(build.save(proto, tmp_path / "m.onnx")).inputs[0].shape == ("...",)


def test_initializers_listed_as_inputs_are_not_fed(tmp_path: Path) -> None:
    proto = build.small()
    proto.graph.input.append(build.tensor("W", [4, 3]))
    model = open_model(build.save(proto, tmp_path / "m.onnx"))
    assert [spec.name for spec in model.inputs] == ["x"]


def test_a_tflite_file_without_a_graph_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(b"\x1c\0\0\0TFL3" + bytes(40))
    with pytest.raises(ModelError, match=r"m\.tflite: "):
        open_model(path)


@pytest.mark.parametrize("name", ["missing.onnx", "a\0b", ".", "\udcff.onnx"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError):
        open_model(tmp_path / name)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").touch()
    with pytest.raises(ModelError, match="empty"):
        open_model(tmp_path / "m.onnx")


def test_a_saved_model_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(ModelError, match="SavedModel"):
        open_model(tmp_path)


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="regular"):
        open_model(tmp_path / "m.onnx")


def test_external_data_is_counted_and_hashed(tmp_path: Path) -> None:
    path = _external(tmp_path, "w.bin", length=48)
    model = open_model(path)
    both = path.read_bytes() + (tmp_path / "w.bin").read_bytes()
    assert model.facts.external == ("w.bin",)
    assert model.size_bytes == len(both)
    assert model.sha256 == hashlib.sha256(both).hexdigest()
    assert model.parameters == 15


@pytest.mark.parametrize(
    ("location", "entries", "word"),
    [
        ("/etc/passwd", {}, "not a path inside"),
        ("../w.bin", {}, "not a path inside"),
        ("sub/../../w.bin", {}, "not a path inside"),
        ("C:\\w.bin", {}, "not a path inside"),
        ("", {}, "not a path inside"),
        ("absent.bin", {}, "no such file"),
        ("link.bin", {}, "a link out"),
        ("w.bin", {"offset": 8}, "48 bytes long"),
        ("w.bin", {"length": 4}, "needs 48"),
        ("w.bin", {"offset": -8}, "needs 48"),
        ("w.bin", {"offset": "far"}, "not a number"),
    ],
)
def test_external_data_elsewhere_or_short_is_refused(
    tmp_path: Path, location: str, entries: dict[str, object], word: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "w.bin").write_bytes(bytes(48))
    (folder / "link.bin").symlink_to(tmp_path / "w.bin")
    with pytest.raises(ModelError, match=word) as error:
        open_model(_external(folder, location, **entries))
    assert "'W'" in error.value.message
    assert repr(location) in error.value.message


def test_a_model_linked_from_a_cache_keeps_its_data(tmp_path: Path) -> None:
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshot"
    blobs.mkdir()
    snapshot.mkdir()
    _external(blobs, "w.bin")
    for name in ("m.onnx", "w.bin"):
        (snapshot / name).symlink_to(blobs / name)
    assert open_model(snapshot / "m.onnx").parameters == 15


def test_a_truncated_graph_is_refused(tmp_path: Path) -> None:
    proto = build.small()
    path = tmp_path / "m.onnx"
    path.write_bytes(proto.SerializeToString()[:-60])
    with pytest.raises(ModelError):
        open_model(path)


def test_a_hang_ends_at_the_deadline(tmp_path: Path) -> None:
    path = build.save(build.small(), tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="did not finish"):
        open_model(path, deadline_s=0.01)


def _damaged(folder: Path, count: int) -> list[Path]:
    whole, rng, paths = build.small().SerializeToString(), random.Random(0), []
    for number in range(count):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        paths.append(folder / f"{number}.onnx")
        paths[-1].write_bytes(damaged)
    return paths


def test_damaged_bytes_are_refused_or_read_and_nothing_else(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:  # each waits for a child of its own
        list(pool.map(_open_or_refuse, _damaged(tmp_path, 6)))


def test_damaged_bytes_do_not_crash_the_child(tmp_path: Path) -> None:
    """Many at once, in one child: what it raises becomes a ModelError here, as tested above."""
    code = """if True:
        import sys
        from pathlib import Path
        from effprof.model.examine import answer
        from effprof.model.wire import Request
        for path in Path(sys.argv[1]).iterdir():
            for task in ("facts", "count"):
                try:
                    answer(Request(task, str(path), 0, {"x": (1, 4)}))
                except Exception as error:
                    print(type(error).__name__)
        print("survived")
    """
    _damaged(tmp_path, 300)
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == ["survived"], done.stderr[-2000:]


def _open_or_refuse(path: Path) -> None:
    with suppress(ModelError):
        open_model(path)


def test_functions_of_the_model_are_inlined(tmp_path: Path) -> None:
    from onnx.helper import make_function, make_opsetid

    body = make_function(
        "own", "Twice", ["a"], ["b"], [make_node("Add", ["a", "a"], ["b"])], [make_opsetid("", 17)]
    )
    proto = build.model(
        [make_node("Twice", ["x"], ["y"], domain="own")],
        [build.tensor("x", [1, 2])],
        [build.tensor("y", [1, 2])],
    )
    proto.functions.append(body)
    proto.opset_import.append(make_opsetid("own", 1))
    assert open_model(build.save(proto, tmp_path / "m.onnx")).facts.domains == ("ai.onnx",)
