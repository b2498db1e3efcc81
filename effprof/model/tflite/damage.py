"""What a damaged .tflite file makes readers raise, as one ModelError."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from effprof.base.errors import ModelError

AGAIN = "download or convert it again"
_RAISED = (
    struct.error,
    IndexError,
    KeyError,
    OverflowError,
    TypeError,
    ValueError,
    AttributeError,
)


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except _RAISED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ModelError(f"the file is damaged: {reason}", hint=AGAIN) from error


def text(raw: bytes | None) -> str:
    """A name of the file: whatever its bytes are."""
    return (raw or b"").decode("utf-8", "replace")
