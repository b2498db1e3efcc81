"""A command line that makes no sense, told as other errors are: one line, a hint, exit code 2."""

import re
from typing import Any

from typer._click.exceptions import NoArgsIsHelpError, NoSuchOption, UsageError
from typer.core import TyperGroup

from effprof.base.errors import RequestError, nearest_name

# What the parser says of a word that is none of its choices.
_CHOICE = re.compile(r"'([^']*)' is not one of (.*)$")


class Words(TyperGroup):
    """The group of commands; what its parser refuses becomes a RequestError."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        try:
            return super().make_context(*args, **extra)
        except NoArgsIsHelpError:  # `effprof` alone: the help is the answer
            raise
        except UsageError as bad:
            raise _told(bad) from bad

    def invoke(self, ctx: Any) -> Any:
        """Where the words of a command are parsed, and the command is run."""
        try:
            return super().invoke(ctx)
        except UsageError as bad:
            raise _told(bad) from bad

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except UsageError as bad:
            name = args[0]
            raise RequestError(
                f"{_shown(name)}: no such command", hint=nearest_name(name, self.commands)
            ) from bad


def _told(bad: UsageError) -> RequestError:
    where = bad.ctx.command_path if bad.ctx else "effprof"
    message, hint = _message(bad), f"{where} --help"
    if isinstance(bad, NoSuchOption):
        message = f"no such option {_shown(bad.option_name)}"
        hint = _near(bad.option_name, _options(bad)) or hint
    elif choice := _CHOICE.search(message):
        known = re.findall(r"'([^']*)'", choice[2])
        flag = getattr(getattr(bad, "param", None), "opts", [""])[-1]
        message = f"{flag} {_shown(choice[1])}: not one of {', '.join(known)}".strip()
        hint = _near(choice[1], known) or hint
    about = where.removeprefix("effprof").strip()
    return RequestError(f"{about}: {message}" if about else message, hint=hint)


def _message(bad: UsageError) -> str:
    """The parser's own words as ours begin and end: no capital, no full stop."""
    words = " ".join(bad.format_message().split()).removesuffix(".")
    return words[:1].lower() + words[1:]


def _options(bad: UsageError) -> list[str]:
    known = bad.ctx.command.get_params(bad.ctx) if bad.ctx else []
    return [word for one in known for word in one.opts]


def _near(word: str, known: list[str]) -> str:
    hint = nearest_name(word, known)
    return hint if hint.startswith("did you mean") else ""


def _shown(word: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in word)[:60]
