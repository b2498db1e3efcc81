"""Converters and the GPU's runtime, each in an environment of its own, by lists that ship locked.

Each pins what it touches, down to another version of LiteRT: they share no environment, neither
with each other nor with a runtime that is measured.
"""

from effprof.environment.spec import Spec

# Since 2.4 it writes .tflite files itself; before, it dragged in 2.4 GB of TensorFlow.
ONNX2TF = Spec("onnx2tf==2.6.9", ("onnx2tf==2.6.9",), lock="onnx2tf.txt", minimum=(3, 12))
QUANTIZER = Spec(
    "ai-edge-quantizer==0.10.0", ("ai-edge-quantizer==0.10.0",), lock="ai-edge-quantizer.txt"
)

# ONNX Runtime for NVIDIA GPUs with the wheels of CUDA 13 and cuDNN: it cannot lie beside
# onnxruntime, which has the same files (github.com/microsoft/onnxruntime/issues/26996).
CUDA = Spec(
    "onnxruntime-gpu==1.31.1",
    ("onnxruntime-gpu[cuda,cudnn]==1.31.1", "numpy", "nvidia-ml-py"),
    lock="onnxruntime-gpu.txt",
)

SETS: dict[str, tuple[Spec, ...]] = {"mobile": (ONNX2TF, QUANTIZER), "cuda": (CUDA,)}
"""What `effprof setup NAME` makes."""
