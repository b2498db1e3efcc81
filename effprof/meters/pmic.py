"""Raspberry Pi 5: volts and amperes of its power management chip, as `vcgencmd` tells them.

The chip sees the rails it makes: not USB devices, HATs or an NVMe disk, which hang on the 5 V input
before it.

https://www.raspberrypi.com/documentation/computers/os.html#vcgencmd
"""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from effprof.meters import sysfs
from effprof.ports import Counter

COMMAND = ("vcgencmd", "pmic_read_adc")
PATIENCE_S = 5.0
APART_S = 0.1
"""Between two looks. Each starts a process, whose own work is drawn from the same rails: without a
pause one core would do little else. 50 updates still fit a window of 5 s.
"""
_READING = re.compile(r"(\S+)_([AV])\s+(?:current|volt)\(\d+\)=([\d.]+)[AV]")


class Pmic:
    metrics: Sequence[str] = sysfs.METRICS
    disturbs = True
    scope = "rails of the Pi's power chip; without USB, HATs and what else hangs on 5 V"

    def present(self) -> bool:
        return shutil.which(COMMAND[0]) is not None

    def unavailable(self) -> str | None:
        if not self.present():
            return f"no Raspberry Pi 5: {COMMAND[0]} is not on the PATH"
        try:
            watts()
        except (OSError, ValueError) as error:
            return f"{' '.join(COMMAND)}: {error}"
        return None

    def counters(self, options: Mapping[str, Any]) -> Sequence[Counter]:
        return [sysfs.Polled("PMIC", "W", watts, APART_S)]

    def temperature(self) -> float | None:
        return None

    def close(self) -> None:
        return


def watts() -> float:
    """Of all rails that tell both volts and amperes. OSError or ValueError where there is none."""
    try:
        done = subprocess.run(
            COMMAND, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise OSError(f"no answer within {PATIENCE_S:g} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().partition("\n")[0]
        raise OSError(said or f"exit code {done.returncode} (only a Raspberry Pi 5 has this chip)")
    return _sum(done.stdout)


def _sum(told: str) -> float:
    volts, amperes = dict[str, float](), dict[str, float]()
    for rail, kind, value in _READING.findall(told):
        (amperes if kind == "A" else volts)[rail] = float(value)
    rails = volts.keys() & amperes.keys()
    if not rails:
        raise ValueError("tells no rail with both volts and amperes")
    return sum(volts[rail] * amperes[rail] for rail in rails)
