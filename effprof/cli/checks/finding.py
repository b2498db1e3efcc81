"""What one check found, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """`note`: works, and the figures are worse for it, or fewer."""

    OK = "ok"
    NOTE = "note"
    LACK = "lack"


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    state: State
    text: str
    advice: str = ""
