"""What a 1 GB model costs effprof itself: peak memory of this process, and seconds.

    python benchmarks/large_model.py [MB]

Each model is examined in a fresh process, since a peak never falls. The claim, which the exit code
checks: less than 100 MB more for 1 GB of weights than for a few hundred bytes.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_MB = 100
_SIDE = 4096  # a layer of 4096 x 4096 floats weighs 67 MB


def make(folder: Path, megabytes: int) -> Path:
    """A stack of layers whose weights are one external file of `megabytes` MB, written in full."""
    from onnx import TensorProto
    from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info

    layer_bytes = 4 * _SIDE * _SIDE
    count = max(1, round(megabytes * 1e6 / layer_bytes))
    nodes, weights = [], []
    for layer in range(count):
        weight = TensorProto(name=f"w{layer}", data_type=1, dims=[_SIDE, _SIDE])
        weight.data_location = TensorProto.EXTERNAL
        place = {"location": "weights.bin", "offset": layer * layer_bytes, "length": layer_bytes}
        for key, value in place.items():
            entry = weight.external_data.add()
            entry.key, entry.value = key, str(value)
        weights.append(weight)
        nodes.append(make_node("MatMul", [f"t{layer}", f"w{layer}"], [f"t{layer + 1}"]))
    ends = [make_tensor_value_info(name, 1, [1, _SIDE]) for name in ("t0", f"t{count}")]
    graph = make_graph(nodes, "large", ends[:1], ends[1:], weights)
    model = make_model(graph, opset_imports=[make_opsetid("", 17)], ir_version=8)
    with (folder / "weights.bin").open("wb") as file:
        for layer in range(count):
            file.write(bytes([layer % 251]) * layer_bytes)
    (folder / "large.onnx").write_bytes(model.SerializeToString())
    return folder / "large.onnx"


def make_tiny(folder: Path) -> Path:
    from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info

    ends = [make_tensor_value_info(name, 1, [1, 4]) for name in "xy"]
    graph = make_graph([make_node("Relu", ["x"], ["y"])], "tiny", ends[:1], ends[1:])
    model = make_model(graph, opset_imports=[make_opsetid("", 17)], ir_version=8)
    (folder / "tiny.onnx").write_bytes(model.SerializeToString())
    return folder / "tiny.onnx"


def examine(path: Path) -> None:
    """In a fresh process: open and count, then print peak resident MB and seconds."""
    from effprof.model.count import count
    from effprof.model.dims import settle
    from effprof.model.open import open_model

    start_s = time.perf_counter()
    model = open_model(path)
    counts = count(model, settle(model, {}, {}).shapes)
    seconds = time.perf_counter() - start_s
    status = Path("/proc/self/status").read_text()
    peak_kib = int(next(line.split()[1] for line in status.splitlines() if "VmHWM" in line))
    print(f"{peak_kib * 1024 / 1e6:.1f} {seconds:.2f} {model.size_bytes} {counts.macs}")


def main() -> int:
    if sys.argv[1:2] == ["--examine"]:
        examine(Path(sys.argv[2]))
        return 0
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        paths = [make_tiny(Path(folder)), make(Path(folder), megabytes)]
        peaks_mb = [_measure(path) for path in paths]
    extra_mb = peaks_mb[1] - peaks_mb[0]
    print(f"extra: {extra_mb:.1f} MB (limit {LIMIT_MB} MB)")
    return int(extra_mb >= LIMIT_MB)


def _measure(path: Path) -> float:
    command = [sys.executable, __file__, "--examine", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    peak_mb, seconds, size_bytes, macs = said.split()
    print(
        f"{path.name}: {int(size_bytes) / 1e6:,.1f} MB on disk, {macs} MACs: "
        f"peak {peak_mb} MB in {seconds} s"
    )
    return float(peak_mb)


if __name__ == "__main__":
    sys.exit(main())
