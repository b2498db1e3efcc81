"""What a command prints into a pipe, for the commands that are tested one by one."""

import typer
from typer.testing import CliRunner


def lines(app: typer.Typer, *words: str) -> list[str]:
    """Of stdout: 80 columns, plain, and it has ended well."""
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    assert "\x1b" not in result.stdout
    return result.stdout.splitlines()
