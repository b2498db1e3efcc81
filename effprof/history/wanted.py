"""Which reports are meant."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """None is any. `host` may be the beginning of a fingerprint."""

    model: str | None = None
    target: str | None = None
    host: str | None = None
    branch: str | None = None
