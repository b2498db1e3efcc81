"""Every error effprof raises on purpose, and the exit code each one owns.

EffprofError
├── RequestError        2    the request makes no sense
│   ├── ModelError           unreadable, unsupported or inconsistent model
│   ├── InputError           input tensors that do not fit the model
│   ├── QuantityError        a number without a unit, or with the wrong one
│   ├── TargetError          targets/*.yaml, or a target nobody knows
│   ├── ProfileError         profiles/*.yaml
│   ├── BudgetError          a budget file
│   ├── ProjectError         effprof.yaml
│   ├── ReportError          a saved report
│   └── HistoryError         a history that cannot be read, or nothing of that name in it
├── LackingError        3    this machine lacks something the target needs
│   └── SetupError           `effprof setup NAME` makes it
└── UnfinishedError     4    the measurement did not finish
"""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import IntEnum
from typing import TextIO


class ExitCode(IntEnum):
    """What a pipeline reads."""

    DONE = 0
    FAILED = 1
    REQUEST = 2
    LACKING = 3
    UNFINISHED = 4
    UNDECIDED = 5
    INTERRUPTED = 130


class EffprofError(Exception):
    """One clear line for the user: what, where, which value; and a hint saying what to do next."""

    exit_code = ExitCode.UNFINISHED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def show(self, stream: TextIO) -> None:
        """The line a user reads, and the hint under it; a word in it cannot steer the terminal."""
        hint = f"  hint: {self.hint}\n" if self.hint else ""
        told = f"effprof: {self.message}\n{hint}"
        stream.write("".join(char if char.isprintable() or char == "\n" else "?" for char in told))


class RequestError(EffprofError):
    exit_code = ExitCode.REQUEST


class ModelError(RequestError):
    pass


class InputError(RequestError):
    pass


class QuantityError(RequestError):
    pass


class TargetError(RequestError):
    pass


class ProfileError(RequestError):
    pass


class BudgetError(RequestError):
    pass


class ProjectError(RequestError):
    pass


class ReportError(RequestError):
    pass


class HistoryError(RequestError):
    pass


class LackingError(EffprofError):
    exit_code = ExitCode.LACKING


class SetupError(LackingError):
    """An environment that is made once: `setup` is the word that makes it."""

    def __init__(self, message: str, setup: str) -> None:
        super().__init__(message, hint=f"effprof setup {setup}   (once, needs the network)")
        self.setup = setup


class UnfinishedError(EffprofError):
    exit_code = ExitCode.UNFINISHED


def reason(bad: Exception) -> str:
    """What the system says went wrong, as the end of a message: no such file or directory."""
    said = bad.strerror if isinstance(bad, OSError) else None
    return (said or str(bad)).lower()


def nearest_name(word: str, known: Iterable[str]) -> str:
    """A "did you mean" sentence for a hint, or the names there are when none is near."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"there is {', '.join(names)}" if names else "there is none"
