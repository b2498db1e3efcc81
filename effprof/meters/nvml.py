"""NVML: joules of an NVIDIA GPU board, counted by its driver; watts where there is no counter.

The counter is in mJ since the driver was loaded, on Volta and later, and moves every 10 to 100 ms.
Power is asked for as POWER_INSTANT of the GPU, not as `nvmlDeviceGetPowerUsage`, which is a mean
over the last second on most boards of Ampere and later. A100 and H100 sample a quarter of the time
(arXiv 2312.02741), so what they tell is measured and no ground truth.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from effprof.base import nvidia
from effprof.meters import sysfs
from effprof.meters.sysfs import Polled
from effprof.ports import Counter

SCOPE_GPU = 0
"""NVML_POWER_SCOPE_GPU: the board. The scope of the module (1) holds a Grace CPU too."""


class Nvml:
    metrics: Sequence[str] = sysfs.METRICS
    disturbs = True

    def __init__(self) -> None:
        self.scope = "GPU board"
        self._handle: Any = None

    def present(self) -> bool:
        return library() is None

    def unavailable(self) -> str | None:
        if lack := library():
            return lack
        import pynvml

        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            return f"NVML: {error} (is the driver loaded? nvidia-smi)"
        try:
            return _unfit(device())
        except OSError as error:
            return str(error)
        finally:
            pynvml.nvmlShutdown()

    def counters(self, options: Mapping[str, Any]) -> Sequence[Counter]:
        import pynvml

        asked(pynvml.nvmlInit)
        self._handle = handle = device()
        name = asked(lambda: pynvml.nvmlDeviceGetName(handle))
        if _has_counter(handle):
            self.scope = f"GPU board ({name}), by its energy counter"
            return [Polled(name, "J", lambda: _joules(handle))]
        read, how = _watts(handle)
        self.scope = f"GPU board ({name}), by {how}"
        return [Polled(name, "W", read)]

    def temperature(self) -> float | None:
        import pynvml

        if self._handle is None:
            return None
        try:
            kind = pynvml.NVML_TEMPERATURE_GPU
            return float(pynvml.nvmlDeviceGetTemperature(self._handle, kind))
        except pynvml.NVMLError:
            return None

    def close(self) -> None:
        import pynvml

        if self._handle is not None:
            pynvml.nvmlShutdown()
            self._handle = None


def library() -> str | None:
    """Why there is no NVML; the driver brings its library, nvidia-ml-py only the names."""
    import ctypes

    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return "no NVIDIA driver: libnvidia-ml.so.1 is not found"
    try:
        import pynvml  # noqa: F401
    except ImportError:
        return "nvidia-ml-py is not installed (pip install nvidia-ml-py)"
    return None


def asked(call: Callable[[], Any]) -> Any:
    """NVML's own errors as OSError, which a meter may raise."""
    import pynvml

    try:
        return call()
    except pynvml.NVMLError as error:
        raise OSError(f"NVML: {error}") from None


def device() -> Any:
    """The GPU that CUDA calls 0, found by its place on the bus: NVML counts in another order."""
    import pynvml

    bus_id = nvidia.first_bus_id()
    return asked(lambda: pynvml.nvmlDeviceGetHandleByPciBusId(bus_id))


def _unfit(handle: Any) -> str | None:
    import pynvml

    try:
        current, _pending = pynvml.nvmlDeviceGetMigMode(handle)
    except pynvml.NVMLError:
        current = 0  # boards that cannot be sliced
    if current:
        return "MIG is on: NVML counts the whole GPU, of which this process has a slice"
    if _has_counter(handle):
        return None
    try:
        read, _how = _watts(handle)
        read()
    except OSError as error:
        return f"neither an energy counter nor power: {error}"
    return None


def _has_counter(handle: Any) -> bool:
    try:
        _joules(handle)
    except OSError:
        return False
    return True


def _joules(handle: Any) -> float:
    import pynvml

    millijoules = asked(lambda: pynvml.nvmlDeviceGetTotalEnergyConsumption(handle))
    return float(millijoules) / 1e3


def _watts(handle: Any) -> tuple[Callable[[], float], str]:
    """How to read its power, and what that is, in words."""
    try:
        instant_watts(handle)
    except OSError:
        return (lambda: _mean(handle)), "the mean power of its last second"
    return (lambda: instant_watts(handle)), "samples of POWER_INSTANT"


def instant_watts(handle: Any) -> float:
    """POWER_INSTANT of the board. OSError where the driver does not know it."""
    import pynvml

    field = (pynvml.NVML_FI_DEV_POWER_INSTANT, SCOPE_GPU)
    (value,) = asked(lambda: pynvml.nvmlDeviceGetFieldValues(handle, [field]))
    if value.nvmlReturn != pynvml.NVML_SUCCESS:
        raise OSError("NVML: the driver does not know POWER_INSTANT")
    return float(value.value.uiVal) / 1e3


def _mean(handle: Any) -> float:
    import pynvml

    return float(asked(lambda: pynvml.nvmlDeviceGetPowerUsage(handle))) / 1e3
