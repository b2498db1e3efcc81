"""A target that is worked out is measured where this machine is the device, and nowhere else."""

import pytest

from effprof import target
from effprof.measure import here


@pytest.mark.parametrize(
    ("name", "others", "backend"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0", ("Raspberry Pi 500 Rev 1.0",), "onnxruntime"),
        ("NVIDIA L4", ("NVIDIA L40S",), "cuda"),
        ("NVIDIA H100 80GB HBM3", ("NVIDIA H100 PCIe",), "cuda"),
        ("NVIDIA H200", ("NVIDIA H200 NVL",), "cuda"),
        ("NVIDIA Orin Nano Developer Kit", ("NVIDIA Orin NX Developer Kit",), "cuda"),
        ("NVIDIA Jetson AGX Orin Developer Kit", ("NVIDIA Jetson AGX Xavier",), "cuda"),
    ],
)
def test_the_device_itself_is_measured(
    name: str, others: tuple[str, ...], backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = [one.target for one in target.catalogue() if one.target and one.target.here]
    monkeypatch.setattr("effprof.host.board.called", lambda: (name,))
    (found,) = [one for one in catalogue if here.is_here(one)]
    measured = here.resolved(found)
    assert (measured.means, measured.backend, measured.estimator) == ("run", backend, None)
    assert measured.facts == found.facts  # its peaks are what the model is held against
    for other in others:
        monkeypatch.setattr("effprof.host.board.called", lambda other=other: (other,))
        assert not here.is_here(found)
        assert here.resolved(found) is found
