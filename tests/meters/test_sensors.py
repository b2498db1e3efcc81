"""Sensors of boards, a laptop's battery, the Pi's power chip."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from effprof.meters.battery import Battery
from effprof.meters.hwmon import Hwmon
from effprof.meters.pmic import Pmic
from effprof.ports import EnergyMeter
from tests.meters.lay import lay

ORIN_NANO = {
    "name": "ina3221",
    "in1_label": "VDD_IN",
    "in1_input": 5000,
    "curr1_input": 1200,
    "in2_label": "VDD_CPU_GPU_CV",
    "in2_input": 5000,
    "curr2_input": 400,
    "in3_label": "VDD_SOC",
    "in3_input": 5000,
    "curr3_input": 200,
    "in7_label": "sum of shunt voltages",
    "in7_input": 3,
}
AGX_ORIN = {
    "name": "ina3221",
    "in1_enable": 1,
    "in1_label": "VDD_GPU_SOC",
    "in1_input": 12008,
    "curr1_input": 280,
    "in2_enable": 1,
    "in2_label": "VDD_CPU_CV",
    "in2_input": 12008,
    "curr2_input": 40,
    "in3_enable": 1,
    "in3_label": "VIN_SYS_5V0",
    "in3_input": 4968,
    "curr3_input": 980,
    "in4_input": 560,  # microvolts at the shunts, and in7 their sum
    "in5_input": 80,
    "in6_input": 1960,
    "in7_label": "sum of shunt voltages",
    "in7_input": 640,
    "curr4_input": 320,  # the sum of the first two currents
}
AGX_ORIN_MEMORY = {
    "name": "ina3221",
    "in1_enable": 0,  # its files are there, and reading them is an error: "No data available"
    "in1_input": "",
    "curr1_input": "",
    "in2_enable": 1,
    "in2_label": "VDDQ_VDD2_1V8AO",
    "in2_input": 4968,
    "curr2_input": 80,
    "in3_enable": 1,
    "in3_label": "NC",
    "in3_input": 1,
    "curr3_input": 1,
}


@pytest.fixture
def sys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EFFPROF_SYS", str(tmp_path))
    return tmp_path


def chip(root: Path, files: Mapping[str, object], number: int = 1) -> None:
    lay(root, {f"class/hwmon/hwmon{number}/{name}": content for name, content in files.items()})


def watts(meter: EnergyMeter) -> dict[str, float]:
    return {one.name: one.drain()[0][1] for one in meter.counters({})}


class TestHwmon:
    def test_the_rail_that_feeds_the_others_counts_alone(self, sys: Path) -> None:
        chip(sys, ORIN_NANO)
        meter = Hwmon()
        assert meter.unavailable() is None
        assert watts(meter) == {"VDD_IN": pytest.approx(6.0)}
        assert meter.scope == "rails of the module: VDD_IN"

    def test_else_every_rail_that_leads_somewhere_and_none_twice(self, sys: Path) -> None:
        """What the memory draws is in VIN_SYS_5V0 already; sums and shunts are no rails."""
        chip(sys, AGX_ORIN)
        chip(sys, AGX_ORIN_MEMORY, 2)
        meter = Hwmon()
        assert meter.unavailable() is None
        assert watts(meter) == {
            "VDD_GPU_SOC": pytest.approx(3.362, abs=0.001),
            "VDD_CPU_CV": pytest.approx(0.480, abs=0.001),
            "VIN_SYS_5V0": pytest.approx(4.869, abs=0.001),
        }

    def test_sockets_of_amd_without_the_cores_inside(self, sys: Path) -> None:
        cores = {"energy1_label": "Ecore000", "energy1_input": 5, "energy9_label": "Esocket0"}
        chip(sys, {"name": "amd_energy", "energy9_input": 7_000_000, **cores})
        (counter,) = Hwmon().counters({})
        assert (counter.name, counter.unit) == ("Esocket0", "J")
        assert counter.drain()[0][1] == pytest.approx(7.0)

    def test_the_firmwares_own_meter(self, sys: Path) -> None:
        chip(sys, {"name": "power_meter", "power1_average": 180_000_000})
        assert watts(Hwmon()) == {"power1_average": 180.0}

    def test_chips_that_measure_no_power(self, sys: Path) -> None:
        chip(sys, {"name": "nvme", "temp1_input": 40_000})
        assert not Hwmon().present()
        assert "no power sensor" in str(Hwmon().unavailable())

    def test_a_chip_without_its_sensors(self, sys: Path) -> None:
        chip(sys, {"name": "ina3221", "in1_input": 5000})
        assert Hwmon().present()
        assert "no sensor of power or energy" in str(Hwmon().unavailable())

    def test_a_sensor_that_goes_away(self, sys: Path) -> None:
        chip(sys, ORIN_NANO)
        (counter,) = Hwmon().counters({})
        (sys / "class/hwmon/hwmon1/curr1_input").unlink()
        with pytest.raises(OSError, match="curr1_input"):
            counter.drain()


FULL_CELL: dict[str, object] = {
    "type": "Battery",
    "status": "Discharging",
    "power_now": 9_500_000,
}


class TestBattery:
    def supply(self, root: Path, files: Mapping[str, object], name: str = "BAT0") -> None:
        lay(root, {f"class/power_supply/{name}/{key}": value for key, value in files.items()})

    def test_power(self, sys: Path) -> None:
        self.supply(sys, FULL_CELL)
        self.supply(sys, {"type": "Mains", "online": 0}, "AC")
        assert Battery().unavailable() is None
        assert watts(Battery()) == {"BAT0": 9.5}

    def test_current_and_voltage_whatever_its_sign(self, sys: Path) -> None:
        pair = {"current_now": -1_000_000, "voltage_now": 12_000_000}
        self.supply(sys, {"type": "Battery", "status": "Discharging", **pair})
        assert watts(Battery()) == {"BAT0": 12.0}

    def test_of_two_the_one_that_is_drawn_from(self, sys: Path) -> None:
        self.supply(sys, FULL_CELL)
        self.supply(sys, FULL_CELL | {"status": "Not charging", "power_now": 0}, "BAT1")
        assert Battery().unavailable() is None
        assert watts(Battery()) == {"BAT0 + BAT1": 9.5}

    def test_one_that_begins_to_charge_is_lost(self, sys: Path) -> None:
        """What flows into it has often no sign, and would count as drawn."""
        self.supply(sys, FULL_CELL)
        (counter,) = Battery().counters({})
        self.supply(sys, {"status": "Charging"})
        with pytest.raises(ValueError, match="the battery is charging"):
            counter.drain()

    @pytest.mark.parametrize("status", ["Charging", "Full", "Not charging"])
    def test_on_the_mains_it_tells_nothing_of_the_work(self, status: str, sys: Path) -> None:
        self.supply(sys, FULL_CELL | {"status": status})
        assert Battery().present()
        assert f"the battery is {status.lower()}" in str(Battery().unavailable())

    def test_a_mouse_is_not_the_machine(self, sys: Path) -> None:
        self.supply(sys, FULL_CELL | {"scope": "Device"}, "hidpp_battery_0")
        assert not Battery().present()

    def test_one_that_tells_nothing(self, sys: Path) -> None:
        self.supply(sys, {"type": "Battery", "status": "Discharging", "capacity": 80})
        assert "neither power nor current" in str(Battery().unavailable())


PI_5 = """\
 3V7_WL_SW_A current(0)=0.10000000A
   3V3_SYS_A current(1)=0.20000000A
 3V7_WL_SW_V volt(8)=3.70000000V
   3V3_SYS_V volt(9)=3.30000000V
     EXT5V_V volt(24)=5.10000000V
"""


class TestPmic:
    @pytest.fixture
    def vcgencmd(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        program = tmp_path / "vcgencmd"
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        return program

    def says(self, program: Path, told: str, code: int = 0) -> None:
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{told}END\nexit {code}\n")
        program.chmod(0o755)

    def test_rails_that_tell_both(self, vcgencmd: Path) -> None:
        self.says(vcgencmd, PI_5)
        assert Pmic().unavailable() is None
        assert watts(Pmic()) == {"PMIC": pytest.approx(0.1 * 3.7 + 0.2 * 3.3)}

    def test_it_is_not_asked_again_at_once(self, vcgencmd: Path) -> None:
        """Each look is a process, whose work is drawn from the rails that it reads."""
        self.says(vcgencmd, PI_5)
        (counter,) = Pmic().counters({})
        assert len(counter.drain()) == 1
        vcgencmd.unlink()
        assert counter.drain() == ()

    def test_an_older_pi_has_the_command_and_no_such_chip(self, vcgencmd: Path) -> None:
        self.says(vcgencmd, "error=1 error_msg='Command not registered'\n", code=255)
        assert "Command not registered" in str(Pmic().unavailable())

    def test_words_that_tell_no_rail(self, vcgencmd: Path) -> None:
        self.says(vcgencmd, "temp=48.3'C\n")
        assert "no rail" in str(Pmic().unavailable())

    def test_no_pi(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        assert not Pmic().present()
        assert "not on the PATH" in str(Pmic().unavailable())
