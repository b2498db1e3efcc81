"""The documents against the code, both ways: nothing left out, nothing made up."""

import ast
import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

import effprof
from effprof import budget, profile, target
from effprof.base.errors import ExitCode
from effprof.base.metrics import CATALOGUE
from effprof.base.records import Ending
from effprof.budget import project
from effprof.cli.app import app
from effprof.measure.plan import TAILS
from effprof.report.report import Metric, MissingPart, Report
from effprof.target.file import ENVIRONMENTS
from tests.docs import markdown
from tests.docs.markdown import (
    CHANGELOG,
    CONTRIBUTING,
    DOCUMENTS,
    README,
    REFERENCE,
    ROOT,
    TARGETS,
)

SOURCES = sorted((ROOT / "effprof").rglob("*.py"))
PLUGIN = ROOT / "examples" / "plugin"
GROUP: Any = get_command(app)
COMMANDS: dict[str, Any] = GROUP.commands
GROUP_OPTIONS = {word for one in GROUP.params for word in one.opts}
GITS_OPTIONS = {"--depth", "--detach"}  # of the pipelines shown
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def options(name: str) -> dict[str, Any]:
    """Long option -> parameter of a command."""
    return {
        max(one.opts, key=len): one for one in COMMANDS[name].params if one.opts[0].startswith("-")
    }


def actions(name: str) -> list[str]:
    """What the first argument of `targets`, `profiles` and `schema` may be."""
    shown = next((one.metavar or "" for one in COMMANDS[name].params), "")
    words = shown.strip("[]").split("|")
    return words if len(words) > 1 and all(word.islower() for word in words) else []


def trees() -> Iterator[tuple[Path, ast.AST]]:
    for path in SOURCES:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


# Commands and options


def test_every_command_is_in_the_readme_and_the_reverse() -> None:
    rows = markdown.table(README, "Commands", "command")
    assert {markdown.ticked(row[0])[0].split()[1] for row in rows} == set(COMMANDS)


def test_every_option_of_measure_is_in_the_reference_and_the_reverse() -> None:
    rows = markdown.table(REFERENCE, "Options of measure", "option")
    known = options("measure")
    assert {row[0] for row in rows} == {
        ", ".join(f"`{word}`" for word in sorted(one.opts, key=len, reverse=True))
        for one in known.values()
    }


def test_defaults_of_measure_are_those_of_the_code() -> None:
    known = options("measure")
    for row in markdown.table(REFERENCE, "Options of measure", "option"):
        default = known[markdown.ticked(row[0])[0]].default
        if default is None or isinstance(default, bool):
            continue
        said = f"{default:g}" if isinstance(default, float) else str(default)
        assert said == row[1].strip("`"), row


def test_every_option_of_the_other_commands_is_in_the_reference_and_the_reverse() -> None:
    rows = markdown.table(REFERENCE, "Options of the other commands", "command")
    said = {markdown.ticked(row[0])[0].split()[1]: set(markdown.ticked(row[1])) for row in rows}
    assert said == {
        name: {word for one in options(name).values() for word in one.opts}
        for name in COMMANDS
        if name != "measure"
    }


def test_no_document_names_an_option_that_is_not_there() -> None:
    known = {"--help", *GITS_OPTIONS, *GROUP_OPTIONS}.union(*(options(name) for name in COMMANDS))
    known |= {
        word for name in COMMANDS for one in COMMANDS[name].params for word in one.secondary_opts
    }
    assert set(OPTION.findall(markdown.text(REFERENCE))) >= GROUP_OPTIONS
    for path in DOCUMENTS:
        assert set(OPTION.findall(markdown.text(path))) <= known, path


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_line_shown_parses(path: Path) -> None:
    for words in markdown.commands(path):
        if words[0] in {"COMMAND", "--help", "-h", *GROUP_OPTIONS}:
            continue
        assert words[0] in COMMANDS, words
        if len(words) > 1:
            COMMANDS[words[0]].make_context(words[0], words[1:])
            assert words[1] in (actions(words[0]) or words[1:]), words


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_target_and_profile_shown_is_there(path: Path) -> None:
    for words in markdown.commands(path):
        for flag, value in pairwise(words):
            mine = value.endswith(".yaml") and not (ROOT / value).exists()  # the reader's own
            if flag in ("-t", "--target") and not mine:
                target.load(value)
            if flag == "--profile" and not mine and not value.isupper():
                profile.load(value)


# What the code knows by name


def test_the_metrics_are_the_catalogue() -> None:
    rows = markdown.table(REFERENCE, "Metrics", "key")
    said = [(row[0].strip("`"), row[1], row[2], row[4]) for row in rows]
    better = {"lower": "lower", "higher": "higher", "neither": "-"}
    assert said == [
        (one.key, one.unit, better[one.better], one.meaning) for one in CATALOGUE.values()
    ]


def test_the_metrics_marked_as_produced_are_those_with_a_producer() -> None:
    rows = markdown.table(REFERENCE, "Metrics", "key")
    produced = {f"latency.p{quantile * 100:.0f}" for quantile in TAILS}
    for path, tree in trees():
        if path.parent.name in ("backends", "measure", "meters", "estimators"):
            produced |= {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and node.value in CATALOGUE
            }
    named = {
        key: {row[0].strip("`") for row in rows if row[3] == key} for key in ("yes", "`missing`")
    }
    assert named["yes"] == produced - named["`missing`"]
    assert named["`missing`"] == {"latency.gpu", "latency.npu"}  # estimators/phone.py


def test_no_document_names_a_metric_that_is_not_there() -> None:
    families = "|".join({key.partition(".")[0] for key in CATALOGUE})
    looks_like = re.compile(rf"(?:{families})\.[a-z0-9_.]*[a-z0-9_*]")
    allowed = set(CATALOGUE) | {f"{key.partition('.')[0]}.*" for key in CATALOGUE}
    for path in DOCUMENTS:
        for code in markdown.ticked(markdown.prose(path)):
            if looks_like.fullmatch(code):
                assert code in allowed, (path, code)


def test_exit_codes() -> None:
    rows = markdown.table(README, "Exit codes", "code")
    assert [int(row[0]) for row in rows] == [code.value for code in ExitCode]
    told = COMMANDS["measure"].help
    assert {int(code) for code in re.findall(r"\b(\d+) ", told)} == set(ExitCode)


def test_targets_and_profiles() -> None:
    for heading in ("Targets", "Profiles"):
        rows = markdown.table(TARGETS, heading, heading.lower().removesuffix("s"))
        shipped = {path.stem for path in (ROOT / heading.lower()).glob("*.yaml")}
        assert {row[0].strip("`") for row in rows} == shipped
    environments = markdown.table(README, "Targets and profiles", "`-t`")
    assert {row[0].strip("`") for row in environments} >= set(ENVIRONMENTS)


def test_warnings() -> None:
    codes = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Caution" and node.args:
                codes.add(ast.unparse(node.args[0]).strip("'"))
    rows = markdown.table(REFERENCE, "Warnings", "code")
    ended = "f'trial-{answer.ending}"
    assert {markdown.ticked(row[0])[0] for row in rows} == (codes - {ended}) | {"trial-error"}


@pytest.mark.parametrize(
    ("made", "heading"),
    [("AdvicePart", "Advice"), ("Finding", "Beliefs that compare contradicts")],
)
def test_advice_and_findings(made: str, heading: str) -> None:
    codes = {
        ast.unparse(node.args[0]).strip("'")
        for path, tree in trees()
        if path.parent.name == "judge"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == made and node.args
    }
    rows = markdown.table(REFERENCE, heading, "code")
    assert {markdown.ticked(row[0])[0] for row in rows} == codes


def test_endings() -> None:
    ends = {ending.value for ending in Ending}
    rows = markdown.table(REFERENCE, "Endings of a trial", "ending")
    assert {row[0].strip("`") for row in rows} == ends
    rows = markdown.table(CONTRIBUTING, "One measurement, start to end", "what the parent sees")
    assert {markdown.ticked(row[1])[0] for row in rows} == ends


def test_environment_variables() -> None:
    named = re.compile(r"\bEFFPROF_[A-Z]+\b")
    read = {name for path in SOURCES for name in named.findall(path.read_text(encoding="utf-8"))}
    rows = markdown.table(REFERENCE, "Environment variables", "variable")
    assert {row[0].strip("`") for row in rows} == read | {"NO_COLOR"}
    assert set(named.findall(markdown.everything())) <= read


# Links, files, words of make


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_resolve(path: Path) -> None:
    for link in markdown.links(path):
        name, _, anchor = link.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), link
        if anchor:
            assert anchor in markdown.anchors(there), link


@pytest.mark.parametrize("path", [CONTRIBUTING, README], ids=lambda path: path.name)
def test_files_named_are_there(path: Path) -> None:
    readers_own = re.compile(r"(^|/)(x|my-board)\.")
    for code in markdown.ticked(markdown.prose(path)):
        if re.fullmatch(r"[\w./-]+/[\w.-]+\.(py|yaml|toml|txt|md)", code):
            there = (ROOT / code).exists() or (ROOT / "effprof" / code).exists()
            assert there or readers_own.search(code), code


def test_words_of_make() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    words = {line.split()[0] for line in shown.splitlines()}
    rows = markdown.table(CONTRIBUTING, "Checks, tests, benchmarks", "word")
    assert {markdown.ticked(row[0])[0].split()[1] for row in rows} == words
    said = re.findall(r"(?:`|^)make ([a-z][a-z-]*)", markdown.everything(), re.MULTILINE)
    assert set(said) <= words


def test_nothing_of_this_machine() -> None:
    private = re.compile(
        r"/work/|/root/|/home/|/Users/|/tmp/|pypi\.org|pythonhosted", re.IGNORECASE
    )
    for path in (*DOCUMENTS, *PLUGIN.glob("*.*")):
        assert not private.search(markdown.text(path)), path


# What is shown


def test_the_floors_are_those_of_the_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    rows = markdown.table(CONTRIBUTING, "The house", "floor")
    assert [markdown.ticked(row[1]) for row in rows] == [layer.split(" | ") for layer in layers]
    assert [int(row[0]) for row in rows] == list(range(len(layers), 0, -1))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_yaml_shown_is_valid(path: Path, tmp_path: Path) -> None:
    readers: dict[str, Any] = {
        "limits": budget.read,
        "metrics": profile.read,
        "models": partial(project.read, baseline=tmp_path),
    }
    for block in markdown.blocks(path, "yaml"):
        file = tmp_path / "shown.yaml"
        file.write_text(block, encoding="utf-8")
        kind = next((key for key in readers if key in yaml.safe_load(block)), "")
        readers.get(kind, target.read)(file)


def test_json_shown_has_the_keys_of_a_report() -> None:
    (block,) = markdown.blocks(ROOT / "docs" / "outputs.md", "json")
    shown = json.loads(block)
    assert shown["schema"] == "effprof.report/1"
    assert set(shown) <= set(Report.__struct_fields__)
    for key, metric in shown["metrics"].items():
        assert metric["unit"] == CATALOGUE[key].unit
        assert set(metric) <= set(Metric.__struct_fields__)
        assert metric["low"] <= metric["value"] <= metric["high"]
    for missing in shown["missing"]:
        assert set(missing) <= set(MissingPart.__struct_fields__)


def test_output_shown_fits_80_columns_and_names_the_model() -> None:
    microcontrollers = ROOT / "docs" / "microcontrollers.md"
    for path, targets in ((README, ("edge", "pixel-9-pro")), (microcontrollers, ("tinyml",))):
        shown = markdown.blocks(path, "text")
        for block, word in zip(shown, targets, strict=True):
            assert block.startswith(f"student.onnx on {word}")
            assert max(map(len, block.splitlines())) <= 80


def test_the_plugin_shown_is_the_one_that_is_tested() -> None:
    module = (PLUGIN / "effprof_onnx_reference.py").read_text(encoding="utf-8")
    assert markdown.blocks(CONTRIBUTING, "python") == [module]
    (shown,) = (tomllib.loads(block)["project"] for block in markdown.blocks(CONTRIBUTING, "toml"))
    real = tomllib.loads((PLUGIN / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert shown == {key: real[key] for key in shown}
    (block,) = markdown.blocks(CONTRIBUTING, "yaml")
    file = (PLUGIN / "onnx-reference.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(block) == yaml.safe_load(file)


def test_the_newest_changes_are_of_this_version() -> None:
    newest = re.search(r"^## ([\d.]+)", markdown.text(CHANGELOG), re.MULTILINE)
    assert newest is not None
    assert newest[1] == effprof.__version__
