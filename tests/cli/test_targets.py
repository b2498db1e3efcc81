"""`effprof targets`."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from effprof.base.errors import EffprofError
from effprof.cli.targets import targets

app = typer.Typer()
app.command()(targets)

ROOT = Path(__file__).parents[2]
BAD = 'schema: 1\nname: bad\nsummary: "\\e[31m red"\nmemory_limit: 12\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EFFPROF_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def refused(*words: str) -> EffprofError:
    bad = run(*words).exception
    assert isinstance(bad, EffprofError)
    assert bad.exit_code == 2
    return bad


def test_list() -> None:
    said = run().stdout
    assert "edge" in said
    assert "cloud; run here with onnxruntime" in said
    assert max(map(len, said.splitlines())) <= 80
    assert "\x1b" not in said
    assert run("list").stdout == said


def test_a_broken_file_does_not_break_the_list(here: Path) -> None:
    (here / "targets").mkdir()
    (here / "targets/bad.yaml").write_text(BAD)
    done = run("list")
    assert done.exit_code == 0
    assert "cannot be used" in done.stdout
    assert "memory_limit: 12 has no unit" in " ".join(done.stdout.split())
    listed = json.loads(run("list", "--json", "-").stdout)
    by_id = {one["id"]: one for one in listed["targets"]}
    assert {"bad", "cloud-cpu", "edge"} <= set(by_id)
    assert "memory_limit" in by_id["bad"]["error"]


def test_show() -> None:
    said = run("show", "pixel-4").stdout
    for words in ("Google Pixel 4 (2019)", "1.09 W", "power_profile.xml"):
        assert words in said
    assert max(map(len, said.splitlines())) <= 80


def test_show_escapes_what_the_file_says(here: Path) -> None:
    good = run("new").stdout.replace("my board, ONNX", '"\\e]0;owned\\a"').replace("  ONNX", "")
    lines = [line for line in good.splitlines() if not line.startswith("summary")]
    (here / "x.yaml").write_text("\n".join([*lines, 'summary: "\\e[31mred\\a"']))
    done = run("show", "x.yaml")
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    assert "\\x1b[31mred" in done.stdout


def test_show_json(here: Path) -> None:
    assert run("show", "pixel-4", "--json", "out.json").exit_code == 0
    told = json.loads((here / "out.json").read_text())
    assert told["id"] == "pixel-4"
    assert told["facts"]["cpu_power_busy"]["value"] == 1.09


def test_validate(here: Path) -> None:
    (here / "bad.yaml").write_text(BAD)
    assert "bad.yaml: memory_limit: 12 has no unit" in refused("validate", "bad.yaml").message
    assert "no such file" in refused("validate", "none.yaml").message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  clock: {value: 64 MHz", "  speed: {value: 64 MHz", "does not state the clock"),
        ("ram 0x20000000 256 KiB", "ram 0x20000000 256 MiB", "'ram 0x20000000 256 MiB' is no"),
        ("cortex-m4", "cortex-m55", "'cortex-m55' is not emulated"),
        ("backend: mcu", "backend: onnxruntime", "backend: onnxruntime emulates nothing"),
    ],
)
def test_validate_a_board_that_is_none(here: Path, old: str, new: str, said: str) -> None:
    whole = (ROOT / "targets" / "nrf52840.yaml").read_text()
    (here / "board.yaml").write_text(whole)
    assert "a valid target, nrf52840" in run("validate", "board.yaml").stdout
    assert old in whole
    (here / "board.yaml").write_text(whole.replace(old, new))
    assert said in refused("validate", "board.yaml").message


def test_new_is_valid_at_once(here: Path) -> None:
    assert run("new", "rpi-5.yaml").exit_code == 0
    assert "a valid target, rpi-5" in run("validate", "rpi-5.yaml").stdout
    assert "is there already" in refused("new", "rpi-5.yaml").message
    (here / "printed.yaml").write_text(run("new").stdout)
    assert run("validate", "printed.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("shw",), "targets shw: no such action"),
        (("show",), "targets show: needs an id"),
        (("validate",), "targets validate: needs a file"),
        (("show", "egde"), "egde: unknown target"),
        (("new", "board.txt"), "ends in .yaml"),
        (("new", "My Board.yaml"), "cannot name a target"),
        (("new", "nowhere/board.yaml"), "no such file or directory"),
    ],
)
def test_refused(words: tuple[str, ...], message: str) -> None:
    bad = refused(*words)
    assert message in bad.message
    assert bad.hint
