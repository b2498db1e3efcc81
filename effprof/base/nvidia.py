"""NVIDIA's driver, asked through its own library: whether CUDA sees a GPU, and which is its first.

CUDA and NVML count GPUs differently: CUDA the fastest first, unless CUDA_DEVICE_ORDER says
otherwise, without those that CUDA_VISIBLE_DEVICES hides; NVML all of them by bus. So NVML finds the
GPU that runs the work by its place on the bus, which only the driver of CUDA tells.

https://docs.nvidia.com/cuda/cuda-driver-api/group__CUDA__DEVICE.html
"""

import ctypes
from collections.abc import Callable
from typing import Any

LIBRARY = "libcuda.so.1"
LOOKED = f"looked for {LIBRARY} and a CUDA device"
INSTALL_DRIVER = "install NVIDIA's driver, or measure the CPU on purpose: --target cloud-cpu"
FIRST = 0
LONGEST = 256
"""Bytes of a name or a place, the closing zero included."""


def no_gpu() -> str | None:
    """What of the way to a GPU is not there: the driver's library, or a device behind it."""
    try:
        driver = ctypes.CDLL(LIBRARY)
    except OSError:
        return f"no NVIDIA driver on this machine ({LOOKED}; {INSTALL_DRIVER})"
    if code := driver.cuInit(0):
        return f"NVIDIA's driver finds no GPU: cuInit answers {code} ({LOOKED}; see nvidia-smi)"
    count = ctypes.c_int(0)
    if driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
        return f"NVIDIA's driver shows no GPU ({LOOKED}; CUDA_VISIBLE_DEVICES may hide it)"
    return None


def first_bus_id() -> str:
    """Of the GPU that CUDA calls 0: `0000:41:00.0`. OSError where there is none."""
    return _told(lambda driver, text, device: driver.cuDeviceGetPCIBusId(text, LONGEST, device))


def first_name() -> str:
    """Of the GPU that CUDA calls 0: `NVIDIA L4`. OSError where there is none."""
    return _told(lambda driver, text, device: driver.cuDeviceGetName(text, LONGEST, device))


def _told(ask: Callable[[Any, Any, ctypes.c_int], int]) -> str:
    if lack := no_gpu():
        raise OSError(lack)
    driver, device = ctypes.CDLL(LIBRARY), ctypes.c_int(0)
    text = ctypes.create_string_buffer(LONGEST)
    if code := driver.cuDeviceGet(ctypes.byref(device), FIRST) or ask(driver, text, device):
        raise OSError(f"NVIDIA's driver does not tell which GPU is CUDA's first: it answers {code}")
    return text.value.decode(errors="replace")
