"""Target files: what they may hold, how a bad one is refused, and how one is found."""

import hashlib
import os
from pathlib import Path

import pytest

from effprof import target
from effprof.base.errors import TargetError
from effprof.target.template import TEMPLATE

SHIPPED = Path(__file__).parent.parent / "targets"
GOOD = """\
schema: 1
name: board
environment: edge
summary: a board
means: run
backend: onnxruntime
profile: edge
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No ./targets and no folder of the user's, unless the test makes them."""
    monkeypatch.setenv("EFFPROF_CONFIG", str(tmp_path / "config"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def write(path: Path, text: str = GOOD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> TargetError:
    with pytest.raises(TargetError) as caught:
        target.read(path)
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message + caught.value.hint
    assert caught.value.message.isprintable()
    return caught.value


class TestRead:
    def test_least(self, tmp_path: Path) -> None:
        path = write(tmp_path / "board.yaml")
        found = target.read(path)
        assert (found.id, found.environment, found.means) == ("board", "edge", "run")
        assert (found.options, found.meters, found.facts) == ({}, (), {})
        assert found.memory_limit_bytes is None
        assert found.device == {"name": "this machine"}
        assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()

    def test_all(self, tmp_path: Path) -> None:
        more = """\
            options: {threads: 4, providers: [CPUExecutionProvider], spin: false}
            memory_limit: 512 MiB
            meters: [memory, rapl]
            device: {name: my board}
            facts:
              tdp: {value: 15 W, source: data sheet}
              memory_power: {value: 0.392 W/GB, source: a paper}
              core: {value: Cortex-A72, source: data sheet}
              cell: {value: 2400 mAh, source: printed on it}
            """
        found = target.read(write(tmp_path / "x.yaml", GOOD + _flush(more)))
        assert found.options["threads"] == 4
        assert found.memory_limit_bytes == 512 << 20
        assert found.meters == ("memory", "rapl")
        assert found.device["name"] == "my board"
        assert found.fact("tdp") == 15
        assert found.fact("memory_power") == pytest.approx(0.392e-9)
        assert found.fact("cell") == pytest.approx(8640)
        assert found.fact("core") is None
        assert found.facts["core"].text == "Cortex-A72"
        assert found.fact("not there") is None

    @pytest.mark.parametrize(
        ("line", "words", "hint"),
        [
            ("colour: red", "colour: unknown key", ""),
            ("backends: x", "backends: unknown key", "did you mean backend?"),
            ("options: 4", "options", ""),
            ("options: {threads: 0}", "options.threads: 0", "cores"),
            ("options: {threads: all}", "options.threads: 'all'", "cores"),
            ("options: {threads: true}", "options.threads: True", "cores"),
            ("options: {threads: 1.5}", "options.threads: 1.5", "cores"),
            ("options: {x: .nan}", "nan", ""),
            ("options: {x: [{y: 2026-01-01}]}", "2026", ""),
            ("memory_limit: 512", "memory_limit: 512 has no unit", "write 512 MiB or 512 MB"),
            ("memory_limit: 512 W", "memory_limit: 512 W is a power, an amount of data", "MiB"),
            ("memory_limit: -1 MiB", "memory_limit", "MiB"),
            ("memory_limit: [1]", "memory_limit", ""),
            ("memory_limit: true", "memory_limit", ""),
            ("memory_limit: lots", "memory_limit: lots is not a quantity", "number and a unit"),
            ("meters: memory", "meters", ""),
            ("meters: [memory, 3]", "meters", ""),
            ("meters: [memory, memory]", "meters: memory is listed twice", ""),
            ("device: {name: x, color: y}", "device.color: unknown key", ""),
            ("facts: {tdp: 15 W}", "facts.tdp", ""),
            ("facts: {tdp: {value: 15 W}}", "facts.tdp.source: is missing", "source"),
            ("facts: {tdp: {value: 15 W, source: ''}}", "facts.tdp.source", ""),
            ("facts: {tdp: {value: 15, source: x}}", "facts.tdp.value: 15 has no unit", "15 W"),
            ("facts: {tdp: {value: 15 J, source: x}}", "a power is wanted", "15 W"),
            ("facts: {tdp: {value: -15 W, source: x}}", "-15 W is below zero", "unknown"),
            ("facts: {clock: {value: 0 Hz, source: x}}", "0 Hz is not above zero", "unknown"),
            ("facts: {pue: {value: 56 %, source: x}}", "no site draws 0.56 times", "156 %"),
            ("facts: {clok: {value: 9 MHz, source: x}}", "facts.clok: is no fact", "is it clock?"),
            ("facts: {tdp: {value: hot, source: x}}", "hot is not a quantity", ""),
            ("facts: {cell: {value: 3, source: x}}", "facts.cell.value: 3 has no unit", ""),
            ("facts: {cell: {value: 3 Watts, source: x}}", "unknown unit Watts", ""),
            ("facts: {cell: {value: true, source: x}}", "facts.cell.value", ""),
        ],
    )
    def test_bad_value(self, line: str, words: str, hint: str, tmp_path: Path) -> None:
        bad = refused(write(tmp_path / "x.yaml", GOOD + line + "\n"))
        assert words in bad.message
        assert hint in bad.hint

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ("schema: 1\n", "", "schema: is missing"),
            ("schema: 1", "schema: 2", "schema"),
            ("schema: 1", "schema: '1'", "schema"),
            ("edge\nsummary", "fog\nsummary", "environment"),
            ("means: run", "means: guess", "means"),
            ("summary: a board", "summary: ''", "summary"),
            ("name: board", "name: ../board", "name: '../board' is not an id"),
            ("name: board", "name: Board", "name: 'Board' is not an id"),
            ("name: board", "name: -board", "name: '-board' is not an id"),
            ("name: board", 'name: "board\\n"', "is not an id"),
            ("name: board", f"name: {'b' * 65}", "is not an id"),
            ("name: board", 'name: "\\e[31m"', "is not an id"),
        ],
    )
    def test_bad_head(self, old: str, new: str, words: str, tmp_path: Path) -> None:
        assert words in refused(write(tmp_path / "x.yaml", GOOD.replace(old, new))).message

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"just text",
            b"- a\n- b\n",
            b"\xff\xfe\x00",
            b"name: \xe9",
            b"a: [",
            b"a: 1\na: 2\n",
            b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
            b"a: !!python/object/apply:os.system [true]\n",
            b"1: 2\n",
            b"a: " + b"[" * 5000,
            b"---\na: 1\n---\nb: 2\n",
            b"x" * (2 << 20),
            b"a: \x00",
            b"%YAML 9\n---\na",
        ],
    )
    def test_not_a_target_at_all(self, content: bytes, tmp_path: Path) -> None:
        path = tmp_path / "x.yaml"
        path.write_bytes(content)
        refused(path)

    def test_folder_and_pipe(self, tmp_path: Path) -> None:
        (tmp_path / "x.yaml").mkdir()
        assert "is not a file" in refused(tmp_path / "x.yaml").message
        os.mkfifo(tmp_path / "y.yaml")
        assert "is not a file" in refused(tmp_path / "y.yaml").message


def _flush(text: str) -> str:
    import textwrap

    return textwrap.dedent(text)


class TestLoad:
    def test_environment(self) -> None:
        assert target.load("edge").path == SHIPPED / "edge.yaml"

    def test_id(self) -> None:
        assert target.load("cloud-cpu").environment == "cloud"

    @pytest.mark.parametrize("name", ["x.yaml", "x.yml", "X.YAML", "sub/x.yaml"])
    def test_path(self, name: str, elsewhere: Path) -> None:
        write(elsewhere / "here" / name)
        assert target.load(name).id == "board"

    def test_here_before_the_users_before_shipped(self, elsewhere: Path) -> None:
        ours = write(elsewhere / "config/targets/edge.yaml", GOOD.replace("board", "edge"))
        assert target.load("edge").path == ours
        write(elsewhere / "here/targets/edge.yml", GOOD.replace("board", "edge"))
        assert target.load("edge").path == Path("targets/edge.yml")

    @pytest.mark.parametrize(
        ("word", "message", "hint"),
        [
            ("egde", "egde: unknown target", "did you mean edge?"),
            ("stm32u575", "unknown target", "did you mean nucleo-u575zi-q?"),
            ("nucleo-f746zg", "unknown target", "did you mean stm32f746g-disco?"),
            ("Edge", "Edge: unknown target", "did you mean edge?"),
            ("../../etc/passwd", "ends in .yaml or .yml", "effprof targets"),
            ("/etc/passwd", "ends in .yaml or .yml", "effprof targets"),
            ("targets/", "ends in .yaml or .yml", ""),
            ("..", "unknown target", ""),
            ("edge\0", "unknown target", ""),
            ("", "unknown target", ""),
            ("\x1b[31m", "?[31m: unknown target", ""),
            ("a" * 5000, "unknown target", ""),
            ("nowhere.yaml", "nowhere.yaml: no such file", ""),
            ("edge.yaml", "edge.yaml: no such file", "-t edge"),
            ("a" * 5000 + ".yaml", "file name too long", ""),
        ],
    )
    def test_refused(self, word: str, message: str, hint: str) -> None:
        with pytest.raises(TargetError) as caught:
            target.load(word)
        assert message in caught.value.message
        assert hint in caught.value.hint
        assert len(caught.value.message) < 200
        assert caught.value.message.isprintable()

    def test_name_inside_is_the_files_name(self, elsewhere: Path) -> None:
        write(elsewhere / "here/targets/other.yaml")
        with pytest.raises(TargetError, match="name: board is not what the file is called"):
            target.load("other")


class TestCatalogue:
    def test_shipped(self) -> None:
        files = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
        assert [(one.id, one.error) for one in target.catalogue()] == [(id_, "") for id_ in files]

    def test_those_that_are_this_machine_state_no_watts(self) -> None:
        """They would be another machine's: what is known of this one is found when it runs."""
        for one in target.catalogue():
            assert one.target
            if one.target.means == "run":
                assert one.target.fact("cpu_power_idle") is None

    def test_a_broken_file_is_listed(self, elsewhere: Path) -> None:
        write(elsewhere / "here/targets/edge.yaml", "a: [")
        write(elsewhere / "here/targets/Wrong Name.yaml")
        write(elsewhere / "here/targets/notes.txt")
        (elsewhere / "here/targets/folder.yaml").mkdir()
        listed = {one.id: one for one in target.catalogue()}
        shipped = {path.stem for path in SHIPPED.glob("*.yaml")}
        assert set(listed) == {"Wrong Name", *shipped}
        assert listed["edge"].target is None
        assert "targets/edge.yaml: line" in listed["edge"].error

    def test_no_folder_at_all(self, elsewhere: Path) -> None:
        (elsewhere / "config").touch()
        assert len(target.catalogue()) == len(list(SHIPPED.glob("*.yaml")))


class TestTemplate:
    def test_is_a_target(self, tmp_path: Path) -> None:
        found = target.read(write(tmp_path / "my-board.yaml", TEMPLATE))
        assert found.id == "my-board"

    def test_with_every_suggestion_taken(self, tmp_path: Path) -> None:
        lines = TEMPLATE.splitlines()
        told = [line.removeprefix("# ") for line in lines if _suggestion(line)]
        kept = [line for line in lines if not line.startswith("#")]
        found = target.read(write(tmp_path / "x.yaml", "\n".join([*kept, *told]) + "\n"))
        assert found.memory_limit_bytes == 512 << 20
        assert set(found.facts) == {"cpu_power_idle", "cpu_power_busy", "memory_power"}


def _suggestion(line: str) -> bool:
    return line.startswith(("# memory_limit", "# facts:", "#   "))


BOARDS = sorted(path for path in SHIPPED.glob("*.yaml") if "means: emulate" in path.read_text())


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
class TestBoards:
    def test_says_what_an_emulator_and_a_verdict_need(self, path: Path) -> None:
        board = target.read(path)
        facts = board.plain_facts()
        assert str(facts["core"]).startswith("cortex-m")
        assert 16e6 <= float(facts["clock"]) <= 600e6
        assert 32 << 10 <= float(facts["ram"]) < float(facts["flash"]) <= 16 << 20
        assert {"flash_wait_states", "memory_map"} <= set(board.facts)
        assert all(fact.source for fact in board.facts.values())

    def test_the_memory_map_holds_the_ram_and_the_flash(self, path: Path) -> None:
        facts = target.read(path).plain_facts()
        sizes = {name: int(kib) << 10 for name, _, kib, _ in _regions(str(facts["memory_map"]))}
        assert sizes["flash"] == facts["flash"]
        assert sizes["ram"] <= facts["ram"]  # type: ignore[operator]

    def test_what_is_unknown_is_not_a_number(self, path: Path) -> None:
        board = target.read(path)
        for key, fact in board.facts.items():
            if fact.text == "unknown":
                assert board.fact(key) is None
                assert key not in board.plain_facts()


def _regions(text: str) -> list[list[str]]:
    return [region.split() for region in text.split(",")]


def test_the_default_of_the_environment_is_one_of_the_boards() -> None:
    default, board = (target.read(SHIPPED / f"{id_}.yaml") for id_ in ("tinyml", "nucleo-l4r5zi"))
    assert default.facts == board.facts
