"""Help, near names and completion of the whole command line."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from effprof.cli import complete
from effprof.cli.app import app
from tests.e2e.command import effprof_here

GROUP: Any = get_command(app)
COMMANDS: dict[str, Any] = GROUP.commands
SCRIPT = Path(sys.executable).parent / "effprof"


def examples(name: str) -> list[str]:
    """Command lines under "Examples:", each made whole again where it was given as two."""
    _, title, told = (COMMANDS[name].epilog or "").partition("Examples:\n")
    assert title, f"effprof {name} --help ends without examples"
    return [" ".join(one.split()) for one in told.split("\n\n") if one.strip()]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_ends_with_examples_that_parse(name: str) -> None:
    shown = examples(name)
    assert len(shown) >= 2
    for line in shown:
        program, command, *words = shlex.split(line.partition(" > ")[0])
        assert (program, command) == ("effprof", name)
        COMMANDS[name].make_context(name, words)
    said = effprof_here(name, "--help").stdout.split()
    assert said[-len(shown[-1].split()) :] == shown[-1].split()


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("mesure m.onnx", "mesure: no such command", "did you mean measure?"),
        ("xyz", "xyz: no such command", "there is calibrate, check, "),
        ("measure m --taget x", "measure: no such option --taget", "did you mean --target?"),
        ("targets list --jsn", "targets: no such option --jsn", "did you mean --json?"),
        (
            "measure m --precision in8",
            "measure: --precision in8: not one of fp32, fp16, int8",
            "did you mean int8?",
        ),
        (
            "measure m --scenario sever",
            "measure: --scenario sever: not one of single-stream, offline, server",
            "did you mean server?",
        ),
        ("measure", "measure: missing argument 'MODEL'", "effprof measure --help"),
        ("check r.json", "check: missing option '--budget'", "effprof check --help"),
        ("--hlp", "no such option --hlp", "did you mean --help?"),
        ("measure m -t egde", "egde: unknown target", "did you mean edge?"),
        ("measure m --profile egde", "unknown profile 'egde'", "did you mean edge?"),
        ("profiles shw edge", "profiles shw: no such action", "did you mean show?"),
        ("setup mobil", "'mobil' is not NAME==VERSION", "did you mean mobile?"),
    ],
)
def test_a_wrong_word_is_one_line_and_the_near_one(words: str, message: str, hint: str) -> None:
    done = effprof_here(*words.split())
    first, second = done.stderr.splitlines()
    assert done.returncode == 2
    assert first == f"effprof: {message}"
    assert second.startswith(f"  hint: {hint}")
    assert done.stdout == ""


def test_a_word_cannot_steer_the_terminal() -> None:
    for words in (("\x1b[2J\n",), ("measure", "m", "--\x1b[2J"), ("targets", "\x1b\n")):
        done = effprof_here(*words)
        assert done.returncode == 2
        assert all(line.isprintable() for line in done.stderr.splitlines())


def test_alone_it_shows_its_help() -> None:
    done = effprof_here()
    assert "Commands:" in done.stdout + done.stderr


def completed(shell: str, words: str) -> set[str]:
    """What that shell is offered for the last word."""
    env = {**os.environ, "_EFFPROF_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        env |= {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    else:
        action = {"_TYPER_COMPLETE_FISH_ACTION": "get-args"} if shell == "fish" else {}
        env |= {"_TYPER_COMPLETE_ARGS": words, **action}
    done = subprocess.run(
        [SCRIPT], env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stderr == ""
    return set(done.stdout.replace('"', " ").split())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_targets_complete(shell: str) -> None:
    assert {"nrf52840", "nrf5340"} <= completed(shell, "effprof measure m.onnx -t nrf")


def test_names_complete_where_they_are_meant() -> None:
    assert complete.profiles("ti") == ["tinyml"]
    assert complete.metrics("latency.p9") == ["latency.p90", "latency.p95", "latency.p99"]
    assert complete.actions("s") == ["show"]
    assert complete.targets("./") == []
    assert "measure" in completed("bash", "effprof m")
    assert "edge" in completed("bash", "effprof profiles show ")


def test_bash_takes_the_script_and_fills_in_the_word(tmp_path: Path) -> None:
    script = subprocess.run(
        [SCRIPT],
        env={**os.environ, "_EFFPROF_COMPLETE": "source_bash"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    code = (
        f"{script}\nCOMP_WORDS=(effprof score r.json --profile edg); COMP_CWORD=4\n"
        f'_effprof_completion {shlex.quote(str(SCRIPT))}; echo "${{COMPREPLY[@]}}"'
    )
    done = subprocess.run(
        ["bash", "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == ["edge"]


def test_completing_imports_nothing_heavy() -> None:
    code = (
        "import sys; from effprof.cli.app import app; from effprof.cli import complete as c; "
        "c.targets(''); c.profiles(''); c.metrics(''); print(*sys.modules)"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"numpy", "rich", "yaml", "msgspec", "onnxruntime", "psutil", "scipy", "onnx"}
    assert not heavy & set(seen.stdout.split())
