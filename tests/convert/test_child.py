"""A step in a process of its own: what it may do, and what becomes of one that does not end."""

import errno
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.helper import make_node

from effprof.base.errors import LackingError, UnfinishedError
from effprof.convert import cache
from effprof.convert.child import Broken, Limits, ask
from tests.model import build


def request(path: Path, out: Path, **changes: object) -> dict[str, object]:
    return {"path": str(path), "out": str(out), "shapes": {"x": [2, 3]}, "frozen": {}} | changes


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    """One output of x, doubled; a whole number chooses whether one is added: control flow."""
    branches = [
        onnx.helper.make_graph(
            [make_node("Identity", [name], [f"{name}_out"])],
            name,
            [],
            [build.tensor(f"{name}_out", [])],
        )
        for name in ("one", "none")
    ]
    nodes = [
        make_node("Equal", ["mode", "wanted"], ["chosen"]),
        make_node("If", ["chosen"], ["extra"], then_branch=branches[0], else_branch=branches[1]),
        make_node("Add", ["x", "x"], ["twice"]),
        make_node("Add", ["twice", "extra"], ["y"], name="last"),
    ]
    weights = [
        build.weight("wanted", np.int64(1)),
        build.weight("one", np.float32(1)),
        build.weight("none", np.float32(0)),
    ]
    inputs = [build.tensor("x", ["n", 3]), build.tensor("mode", [], build.INT64)]
    model = build.model(nodes, inputs, [build.tensor("y", ["n", 3])], weights)
    return build.save(model, tmp_path / "chosen.onnx")


def test_shapes_are_fixed_and_a_frozen_input_folds_its_branch_away(
    chosen: Path, tmp_path: Path
) -> None:
    before = chosen.read_bytes()
    frozen = {"mode": {"value": 1, "dtype": "int64", "shape": []}}
    told = ask("fold", request(chosen, tmp_path / "out.onnx", frozen=frozen), Limits())
    assert told["inputs"] == [{"name": "x", "rank": 2, "consumers": ["Add"]}]
    folded = onnx.load(tmp_path / "out.onnx").graph
    assert {node.op_type for node in folded.node} == {"Add"}
    assert [dim.dim_value for dim in folded.input[0].type.tensor_type.shape.dim] == [2, 3]
    assert chosen.read_bytes() == before


def test_a_failure_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Broken, match=r"No such file|nothing\.onnx") as bad:
        ask("fold", request(tmp_path / "nothing.onnx", tmp_path / "out.onnx"), Limits())
    assert "\n" not in str(bad.value)


def test_a_deadline(chosen: Path, tmp_path: Path) -> None:
    with pytest.raises(UnfinishedError, match="did not end within") as bad:
        ask("fold", request(chosen, tmp_path / "out.onnx"), Limits(deadline_s=0.0))
    assert "--timeout" in bad.value.hint


def test_a_memory_limit(chosen: Path, tmp_path: Path) -> None:
    with pytest.raises(UnfinishedError, match="MiB of memory"):
        ask("fold", request(chosen, tmp_path / "out.onnx"), Limits(memory_bytes=1))


def test_folders_of_the_cache_are_not_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"\x08\x07 no model")
    with pytest.raises(Broken) as bad:
        ask("fold", request(broken, tmp_path / "making" / "out.onnx"), Limits())
    assert str(tmp_path) not in str(bad.value)


def test_an_operator_nobody_has_is_named_with_its_node(tmp_path: Path) -> None:
    node = make_node("Twice", ["x"], ["y"], name="again", domain="com.acme")
    model = build.model([node], [build.tensor("x", [2, 3])], [build.tensor("y", [2, 3])])
    model.opset_import.append(onnx.helper.make_opsetid("com.acme", 1))
    path = build.save(model, tmp_path / "custom.onnx")
    told = ask("fold", request(path, tmp_path / "out.onnx"), Limits())
    assert told == {"unknown": [{"name": "again", "type": "com.acme:Twice", "why": "unknown"}]}


def test_known_branches_are_taken_where_the_runtime_is_left_out(
    chosen: Path, tmp_path: Path
) -> None:
    frozen = {"mode": {"value": 1, "dtype": "int64", "shape": []}}
    told = ask("fold", request(chosen, tmp_path / "o.onnx", frozen=frozen, way="none"), Limits())
    assert told["flow"] == []
    assert "If" not in {node.op_type for node in onnx.load(tmp_path / "o.onnx").graph.node}
    assert answer(tmp_path / "o.onnx") == 2 * 3 + 1


def answer(path: Path) -> float:
    """The first number of the first output, where every input is 3."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    fed = {one.name: np.full(one.shape, 3, np.float32) for one in session.get_inputs()}
    return float(np.ravel(session.run(None, fed)[0])[0])


def test_a_full_disk_is_what_is_said(
    chosen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the library called it: nothing can be written where it was to write."""
    from effprof.convert import room

    monkeypatch.setattr(room, "_refused", lambda *_: errno.ENOSPC)
    with pytest.raises(LackingError, match="no space left on this disk") as bad:
        ask("fold", request(chosen, tmp_path / "out.onnx", shapes={}), Limits())
    assert str(cache.folder()) in bad.value.message


def test_a_limit_on_the_size_of_files_is_what_is_said(chosen: Path, tmp_path: Path) -> None:
    """What was set for the shell holds for the step as well."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        with pytest.raises(LackingError, match="may not be written") as bad:
            ask("fold", request(chosen, tmp_path / "out.onnx"), Limits())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "ulimit -f" in bad.value.hint


@pytest.mark.skipif(sys.platform != "linux", reason="a file system of its own, made by Linux")
def test_a_disk_that_is_really_full(chosen: Path, tmp_path: Path) -> None:
    script = (
        f"mount -t tmpfs -o size=64k none {tmp_path / 'small'} && "
        f"(cat /dev/zero > {tmp_path / 'small' / 'filler'}; "
        f"{sys.executable} -c '{_ASK}' {chosen} {tmp_path / 'small' / 'out.onnx'})"
    )
    (tmp_path / "small").mkdir()
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no mount of one's own here: {done.stderr.strip().splitlines()[0]}")
    assert "no space left on this disk" in done.stdout, done.stderr


_ASK = """
import sys
from effprof.base.errors import LackingError
from effprof.convert.child import Limits, ask
mode = {"value": 1, "dtype": "int64", "shape": []}
asked = {"path": sys.argv[1], "out": sys.argv[2], "shapes": {"x": [2, 3]}, "frozen": {"mode": mode}}
try:
    ask("fold", asked, Limits())
except LackingError as lack:
    print(lack.message)
"""
